// Sums of products on a matrix unit that a whole workgroup uses together (Machine::matrix_tiles).
#pragma once

#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

/// Whether the stage's factors and target are matrices in tensors of the caller, of the types of `shape`, or
/// of f16 where accumulators can be rounded to that.
bool is_direct_product(const Program& program, const Stage& stage, const MatrixShape& shape, bool rounds);

void write_direct_contraction(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]);

}  // namespace sporkle::codegen
