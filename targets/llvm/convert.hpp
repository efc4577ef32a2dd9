// Value conversions between element types, each rounding once.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/llvm/traits.hpp"

namespace sporkle::llvm_ir {

/// Float to integer saturates and NaN gives 0; integers wrap; to boolean is x != 0.
llvm::Value* emit_conversion(llvm::IRBuilderBase& builder, const Traits& traits, llvm::Value* value,
                             tile::Type from, DType to);

}  // namespace sporkle::llvm_ir
