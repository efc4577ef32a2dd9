// Kernels with other instructions in the place of some: the frame of the passes of this folder.
#pragma once

#include <functional>
#include <span>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/tile.hpp"

namespace sporkle::codegen {

/// Gives the value that stands for a pure instruction, or no value to keep the instruction. `operands` are
/// the new kernel's values; `operand_type` is the type of the first, `type` that of the result.
using Replacement =
    std::function<tile::Value(tile::Builder& builder, const tile::Instruction& instruction, tile::Type type,
                              tile::Type operand_type, std::span<const tile::Value> operands)>;

tile::Kernel rebuild(const tile::Kernel& kernel, const Replacement& replacement);

}  // namespace sporkle::codegen
