// The schedules worth having for contractions on matrix units, whose fragments are spread over the threads of
// a subgroup or of a workgroup.
#pragma once

#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// Appends those that the machine's units have shapes for and the kernel's numerics allow.
void enumerate_matrix(const Program& normalized, const std::vector<Stage>& stages, const Machine& machine,
                      std::vector<Schedule>& result);

}  // namespace sporkle::codegen
