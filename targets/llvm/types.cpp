#include "targets/llvm/types.hpp"

#include <llvm/IR/Constants.h>

#include "codegen/ir/rules.hpp"

namespace sporkle::llvm_ir {
namespace {

llvm::Type* vector_of(llvm::Type* element, int lanes) {
    return lanes == 1 ? element : llvm::FixedVectorType::get(element, static_cast<unsigned>(lanes));
}

llvm::Type* element_type(llvm::LLVMContext& context, DType type) {
    if (type == DType::f64) return llvm::Type::getDoubleTy(context);
    if (type == DType::f32) return llvm::Type::getFloatTy(context);
    return llvm::IntegerType::get(context, static_cast<unsigned>(tile::width_of(type)));
}

}  // namespace

llvm::Type* register_type(llvm::LLVMContext& context, tile::Type type) {
    return vector_of(element_type(context, type.scalar), type.lanes);
}

llvm::Type* memory_type(llvm::LLVMContext& context, tile::Type type) {
    return register_type(context, type.scalar == DType::boolean ? type.with(DType::u8) : type);
}

llvm::Value* to_memory(llvm::IRBuilderBase& builder, llvm::Value* value, tile::Type type) {
    if (type.scalar != DType::boolean) return value;
    return builder.CreateZExt(value, memory_type(builder.getContext(), type));
}

llvm::Value* from_memory(llvm::IRBuilderBase& builder, llvm::Value* value, tile::Type type) {
    if (type.scalar != DType::boolean) return value;
    return builder.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
}

llvm::Constant* constant_of(llvm::LLVMContext& context, tile::Type type, std::uint64_t bits) {
    const auto width = static_cast<unsigned>(tile::width_of(type.scalar));
    const llvm::APInt pattern(width, width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1));
    llvm::Type* const element = element_type(context, type.scalar);
    llvm::Constant* const scalar =
        element->isIntegerTy()
            ? static_cast<llvm::Constant*>(llvm::ConstantInt::get(context, pattern))
            : llvm::ConstantFP::get(context, llvm::APFloat(element->getFltSemantics(), pattern));
    if (type.lanes == 1) return scalar;
    return llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(type.lanes), scalar);
}

llvm::Constant* integer_of(llvm::Type* type, std::uint64_t value) {
    const unsigned width = type->getScalarSizeInBits();
    const std::uint64_t mask = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    return llvm::ConstantInt::get(type, llvm::APInt(width, value & mask));
}

llvm::Type* with_element(llvm::Type* type, llvm::Type* element) { return vector_of(element, lanes_of(type)); }

}  // namespace sporkle::llvm_ir
