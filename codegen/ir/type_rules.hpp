// The rules of tile.hpp that concern one instruction and the types of its values, or the team of a task.
#pragma once

#include <string>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

/// What is wrong with the instruction, or an empty string. The instruction's operands, results and the
/// parameters and yields of its regions must be numbers of values of the kernel, and its regions must end
/// with a yield; nothing else is taken for granted.
std::string type_fault(const Kernel& kernel, const Instruction& instruction);

/// What is wrong with a task's team (Kernel::members, threads, shuffle_width), or an empty string.
std::string team_fault(int members, int threads, int shuffle_width);

}  // namespace sporkle::tile
