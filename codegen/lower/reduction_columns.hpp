// Order::lanes of outputs that lie side by side in memory, such as the sums of a matrix's columns, where
// vectors are spread over threads and the members of a task share the 64 partials of a block.
#pragma once

#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

/// Whether neighbouring outputs read neighbouring elements somewhere, and a reduction of this order.
bool reduces_columns(const Program& program, const Stage& stage);

/// Whether a schedule asks for it.
bool is_column_reduction(const Schedule& schedule);

/// A dispatch. With Schedule::split_reduction each block is a task and leaves its result in the scratch whose
/// first part's address is parameter word `first_word`: what write_split_reduction_dispatch combines.
void write_column_reduction(StageWriter& w, const Stage& stage, const Schedule& schedule, int first_word,
                            Formula grid[3]);

}  // namespace sporkle::codegen
