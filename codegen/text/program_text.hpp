// Programs for people: tables of tensors, scalars, indices and reductions, then one statement a line in the
// notation of the DSL. A value that is used more than once is named first: let $1 = ….
//
//   kernel dense (reproducible)
//   hash 0123456789abcdef0123456789abcdef
//   tensors
//     A     input   f32  rank 2
//     bias  input   f32  rank 1
//     …
//   indices
//     i, j, k, r = 3
//   reductions
//     sum over k: chain, by fma
//   arguments
//     A, B, bias, C
//   statements
//     C(i, j) = max(sum(k, A(i, k) * B(k, j)) + bias(j), 0.0f)
#pragma once

#include <string>

#include <sporkle/program.hpp>

namespace sporkle::codegen {

/// The program must be valid.
std::string to_text(const Program& program);

}  // namespace sporkle::codegen
