// Text of a single instruction, for messages. The whole kernel's text is `print` of tile.hpp.
#pragma once

#include <string>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

/// One line without a newline; of a loop or branch its head. Never fails: what is wrong in a faulty
/// instruction is printed as it is.
std::string print(const Kernel& kernel, const Instruction& instruction);

}  // namespace sporkle::tile
