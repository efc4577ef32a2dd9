// The pure operations of Tile IR in LLVM IR: arithmetic, comparison, selection and the rearrangement of
// lanes.
#pragma once

#include <span>

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/llvm/traits.hpp"

namespace sporkle::llvm_ir {

/// Emits a pure instruction other than constant, parameter and grid_id. `type` is the result's type,
/// `operand_type` that of the first operand, `operands` are their LLVM values.
llvm::Value* emit_pure(llvm::IRBuilderBase& builder, const Traits& traits,
                       const tile::Instruction& instruction, tile::Type type, tile::Type operand_type,
                       std::span<llvm::Value* const> operands);

}  // namespace sporkle::llvm_ir
