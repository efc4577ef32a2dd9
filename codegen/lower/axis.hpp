// Where the vectors of a reduction lie.
#pragma once

#include "codegen/lower/stage.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

/// The axis that reads consecutive elements: the reduction where its last index is the last subscript of what
/// the body reads and its order allows vectors of partials, else the innermost free index (when it is not
/// `fixed`), else none.
Axis preferred_axis(const Program& normalized, const Stage& stage, IndexSet fixed);

/// Whether vectors may lie along the reduction at all: Order::lanes over one index.
bool reduces_in_registers(const Stage& stage);

}  // namespace sporkle::codegen
