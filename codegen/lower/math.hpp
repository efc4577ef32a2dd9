// Sporkle's own functions (exp, log, tanh …) as Tile IR, from the algorithms of sporkle/math/.
#pragma once

#include <sporkle/program.hpp>

#include "codegen/ir/builder.hpp"

namespace sporkle::codegen {

/// Appends the instructions that compute a function of the Program's Op for f32 or f64 operands, scalar or
/// vector.
tile::Value emit_math(tile::Builder& builder, Op op, tile::Value x);

}  // namespace sporkle::codegen
