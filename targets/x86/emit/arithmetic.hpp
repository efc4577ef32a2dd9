// The pure operations of Tile IR in LLVM IR: arithmetic, comparison, selection and the rearrangement of
// lanes.
#pragma once

#include <span>

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/x86/emit/level.hpp"

namespace sporkle::x86 {

/// Emits a pure instruction other than constant, parameter and grid_id. `type` is the result's type,
/// `operand_type` that of the first operand, `operands` are their LLVM values.
llvm::Value* emit_pure(llvm::IRBuilderBase& builder, const Level& level, const tile::Instruction& instruction,
                       tile::Type type, tile::Type operand_type, std::span<llvm::Value* const> operands);

}  // namespace sporkle::x86
