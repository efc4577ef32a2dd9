// How Tile IR values look in LLVM IR.
//
// In registers a boolean is i1, and f16 and bf16 are their bit patterns as i16, because they are only moved,
// selected and converted: LLVM never sees its own half types except inside a conversion. In memory a boolean
// is a byte.
#pragma once

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"

namespace sporkle::llvm_ir {

/// The type of a value.
llvm::Type* register_type(llvm::LLVMContext& context, tile::Type type);
/// The type of the same value in memory.
llvm::Type* memory_type(llvm::LLVMContext& context, tile::Type type);

/// The value in the form of `memory_type`, and back. A byte read from memory is true unless it is 0.
llvm::Value* to_memory(llvm::IRBuilderBase& builder, llvm::Value* value, tile::Type type);
llvm::Value* from_memory(llvm::IRBuilderBase& builder, llvm::Value* value, tile::Type type);

/// `lanes` copies of the bit pattern in the low bytes of `bits`.
llvm::Constant* constant_of(llvm::LLVMContext& context, tile::Type type, std::uint64_t bits);

/// An integer of every lane of an integer type.
llvm::Constant* integer_of(llvm::Type* type, std::uint64_t value);

/// Replaces the element of a scalar or vector type.
llvm::Type* with_element(llvm::Type* type, llvm::Type* element);

inline int lanes_of(llvm::Type* type) {
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
    return vector != nullptr ? static_cast<int>(vector->getNumElements()) : 1;
}

}  // namespace sporkle::llvm_ir
