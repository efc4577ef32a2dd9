// Integer division and remainder with Tile IR's meaning: a divisor of 0 gives 0, lowest / -1 wraps, nothing
// traps.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/llvm/traits.hpp"

namespace sporkle::llvm_ir {

/// `op` is Op::div or Op::rem; `type` is the integer type of a, b and the result.
llvm::Value* emit_division(llvm::IRBuilderBase& builder, const Traits& traits, tile::Op op, tile::Type type,
                           llvm::Value* a, llvm::Value* b);

}  // namespace sporkle::llvm_ir
