// Copies of a contraction's factors in scratch with their channels last, padded with zeros to vectors of 16
// bytes: for calls whose tensors are not in that form, such as images that lie channel by channel, or have an
// odd number of channels. A dispatch each, ahead of the one that multiplies (tap_staging.hpp), which then
// needs nothing of the tensors but that they are dense. It moves each element twice; a window of several taps
// or outputs reads it many times.
#pragma once

#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"
#include "codegen/schedule.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// The reduction index that is alone in one subscript of each factor, the last one of several; -1 where there
/// is none, or where the factors are not two tensors of the caller.
int copied_channel_of(const Program& program, const Stage& stage);

/// Channels that a copy has at least under Schedule::folded, which is for calls that have no more.
inline constexpr int folded_channels = 4;

/// Writes the copy of factor a or b and appends its scratch.
void write_channel_copy(StageWriter& w, const Stage& stage, const Schedule& schedule, int factor,
                        std::vector<Scratch>& scratch, Formula grid[3]);

/// Makes the writer read both factors from their copies, a's and b's, which are the last of the scratch.
void read_channel_copies(StageWriter& w, const Stage& stage, const Schedule& schedule,
                         const std::vector<Scratch>& scratch);

}  // namespace sporkle::codegen
