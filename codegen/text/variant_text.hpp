// Variants for people: schedule, preconditions, scratch, and each dispatch with its grid and Tile IR.
#pragma once

#include <string>

#include <sporkle/program.hpp>

#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// What a word of the parameter block holds: "A" (the address), "A.stride[0]", "A.extent[1]", "i" (the
/// index's extent), the scalar's name, or "scratch[0]".
std::string word_name(const Program& program, int word);

/// "stride of A[1] is 1", "extent of k is a multiple of 8", …
std::string to_text(const Precondition& precondition, const Program& program);

/// `program` is the one that the variant was lowered from. With `kernels` false the Tile IR is left out.
std::string to_text(const Variant& variant, const Program& program, bool kernels = true);

}  // namespace sporkle::codegen
