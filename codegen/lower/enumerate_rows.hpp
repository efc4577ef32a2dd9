// The schedules worth having for what runs along rows, where vectors are spread over threads.
#pragma once

#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/machine.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

constexpr int reduction_group = 8;  ///< blocks of one task, side by side
constexpr int access_bytes = 16;    ///< the most of one thread

/// Threads that share the 64 partials of Order::lanes; and those of them that give each other values without
/// a barrier.
int reduction_threads(const Machine& machine);
int subgroup_threads(const Machine& machine);

/// One output a task, its partials in the lanes.
Schedule row_reduction(int threads);

/// Appends the schedules of a kernel whose stages run along rows at one value of the `fixed` indices, if they
/// do. Returns whether some serve rows of any length, as long as they are dense.
bool enumerate_rows(const Program& normalized, const std::vector<Stage>& stages, const Machine& machine,
                    IndexSet fixed, std::vector<Schedule>& result);

}  // namespace sporkle::codegen
