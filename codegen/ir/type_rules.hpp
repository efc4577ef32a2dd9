// The rules of tile.hpp that concern one instruction and the types of its values.
#pragma once

#include <string>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

/// What is wrong with the instruction, or an empty string. The instruction's operands, results and the
/// parameters and yields of its regions must be numbers of values of the kernel, and its regions must end
/// with a yield; nothing else is taken for granted.
std::string type_fault(const Kernel& kernel, const Instruction& instruction);

}  // namespace sporkle::tile
