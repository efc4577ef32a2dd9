// Where the vectors of a reduction lie.
#pragma once

#include "codegen/lower/stage.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

/// The axis that reads consecutive elements: the reduction's last index, where its order allows vectors of
/// partials, or the innermost free index (when it is not `fixed`); that along which fewer accesses of the
/// body have strides, then that along which more of them are contiguous. None where there is neither.
Axis preferred_axis(const Program& normalized, const Stage& stage, IndexSet fixed);

/// Whether vectors may lie along the reduction at all: Order::lanes over one index.
bool reduces_in_registers(const Stage& stage);

}  // namespace sporkle::codegen
