// Schedules for machines whose vectors are spread over the threads of a workgroup.
#pragma once

#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// As enumerate_schedules; `stages` are those of the normalised Program.
std::vector<Schedule> enumerate_spread(const Program& normalized, const std::vector<Stage>& stages,
                                       const Machine& machine);

}  // namespace sporkle::codegen
