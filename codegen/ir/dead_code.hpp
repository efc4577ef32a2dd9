// Dead code elimination.
#pragma once

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

/// Removes pure instructions whose results nobody uses, in all regions. Loads stay, used or not: whether they
/// lie inside their buffers is for the interpreter to see.
void remove_dead_code(Kernel& kernel);

}  // namespace sporkle::tile
