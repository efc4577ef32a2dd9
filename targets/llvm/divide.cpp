#include "targets/llvm/divide.hpp"

#include <llvm/IR/Constants.h>

#include "codegen/ir/rules.hpp"
#include "targets/llvm/types.hpp"

namespace sporkle::llvm_ir {
namespace {

/// Vectors of up to 32 bits divide in floating point, which such machines do for a whole vector, unlike
/// integer division. With numerators below 2^15 in f32, or 2^32 in f64, the rounded quotient lies on the same
/// side of every integer as the true one: a quotient that is no integer is at least 1/b away from the next,
/// which is more than half a unit in the last place of a/b, so truncation gives the integer quotient.
llvm::Value* divide_as_floats(llvm::IRBuilderBase& builder, bool is_signed, llvm::Value* a, llvm::Value* b) {
    llvm::Type* const type = a->getType();
    llvm::Type* const number =
        with_element(type, type->getScalarSizeInBits() <= 16 ? builder.getFloatTy() : builder.getDoubleTy());
    if (is_signed)
        return builder.CreateFPToSI(
            builder.CreateFDiv(builder.CreateSIToFP(a, number), builder.CreateSIToFP(b, number)), type);
    return builder.CreateFPToUI(
        builder.CreateFDiv(builder.CreateUIToFP(a, number), builder.CreateUIToFP(b, number)), type);
}

}  // namespace

llvm::Value* emit_division(llvm::IRBuilderBase& builder, const Traits& traits, tile::Op op, tile::Type type,
                           llvm::Value* a, llvm::Value* b) {
    llvm::Type* const form = a->getType();
    llvm::Value* const zero = llvm::Constant::getNullValue(form);
    llvm::Value* const one = integer_of(form, 1);
    const bool is_signed = sporkle::is_signed(type.scalar);

    // A divisor of 1 in the place of those that would trap gives lowest / -1 its wrapped value at once.
    llvm::Value* const by_zero = builder.CreateICmpEQ(b, zero);
    llvm::Value* traps = by_zero;
    if (is_signed) {
        const std::uint64_t lowest = std::uint64_t{1} << (tile::width_of(type.scalar) - 1);
        llvm::Value* const overflows =
            builder.CreateAnd(builder.CreateICmpEQ(a, integer_of(form, lowest)),
                              builder.CreateICmpEQ(b, integer_of(form, ~std::uint64_t{0})));
        traps = builder.CreateOr(by_zero, overflows);
    }
    llvm::Value* const divisor = builder.CreateSelect(traps, one, b);

    llvm::Value* quotient = nullptr;
    const bool as_floats = traits.has_vector_registers && type.lanes > 1 &&
                           tile::width_of(type.scalar) <= 32 && !llvm::isa<llvm::Constant>(divisor);
    if (as_floats)
        quotient = divide_as_floats(builder, is_signed, a, divisor);
    else
        quotient = is_signed ? builder.CreateSDiv(a, divisor) : builder.CreateUDiv(a, divisor);
    llvm::Value* const result =
        op == tile::Op::div ? quotient : builder.CreateSub(a, builder.CreateMul(quotient, divisor));
    return builder.CreateSelect(by_zero, zero, result);
}

}  // namespace sporkle::llvm_ir
