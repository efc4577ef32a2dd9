// Value conversions between element types, each rounding once.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/x86/emit/level.hpp"

namespace sporkle::x86 {

/// Float to integer saturates and NaN gives 0; integers wrap; to boolean is x != 0.
llvm::Value* emit_conversion(llvm::IRBuilderBase& builder, const Level& level, llvm::Value* value,
                             tile::Type from, DType to);

}  // namespace sporkle::x86
