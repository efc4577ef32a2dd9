#include "targets/llvm/convert.hpp"

#include <cmath>

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Intrinsics.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/llvm/types.hpp"

namespace sporkle::llvm_ir {
namespace {

[[noreturn]] void refuse(const Traits& traits, tile::Type from, DType to) {
    throw Error(ErrorCode::unsupported, traits.architecture + " has no conversion from " +
                                            std::string(name_of(from.scalar)) + " to " +
                                            std::string(name_of(to)) + "; it must have been expanded before");
}

/// 2 to the power of a non-negative exponent below the float's largest, of every lane.
llvm::Constant* power_of_two(llvm::Type* type, int exponent) {
    return llvm::ConstantFP::get(type, std::ldexp(1.0, exponent));
}

/// LLVM takes saturating conversions of vectors apart, lane by lane. Here the value is brought into range
/// first: a clamp where the float has the integer's largest value, which is one less than a power of two,
/// else a choice.
llvm::Value* vector_to_integer(llvm::IRBuilderBase& builder, llvm::Value* value, llvm::Type* result,
                               DType to) {
    llvm::Type* const type = value->getType();
    llvm::Value* const zero = llvm::Constant::getNullValue(type);
    const bool with_sign = is_signed(to);
    const int width = tile::width_of(to), digits = with_sign ? width - 1 : width;

    llvm::Value* in_range = nullptr;  // no NaN, and no less than the lowest
    if (with_sign) {
        llvm::Constant* const lowest = llvm::ConstantFP::get(type, -std::ldexp(1.0, digits));
        in_range = builder.CreateSelect(builder.CreateFCmpORD(value, value), value, zero);
        in_range = builder.CreateSelect(builder.CreateFCmpOGT(in_range, lowest), in_range, lowest);
    } else {
        in_range = builder.CreateSelect(builder.CreateFCmpOGT(value, zero), value, zero);
    }

    if (digits <= static_cast<int>(type->getScalarType()->getFPMantissaWidth())) {
        llvm::Constant* const highest = llvm::ConstantFP::get(type, std::ldexp(1.0, digits) - 1);
        in_range = builder.CreateSelect(builder.CreateFCmpOLT(in_range, highest), in_range, highest);
        if (width == 32 && !with_sign) return builder.CreateFPToUI(in_range, result);
        llvm::Value* const word = builder.CreateFPToSI(in_range, with_element(type, builder.getInt32Ty()));
        return builder.CreateTrunc(word, result);
    }
    llvm::Value* const fits = builder.CreateFCmpOLT(in_range, power_of_two(type, digits));
    in_range = builder.CreateSelect(fits, in_range, zero);
    llvm::Value* const converted =
        with_sign ? builder.CreateFPToSI(in_range, result) : builder.CreateFPToUI(in_range, result);
    return builder.CreateSelect(fits, converted, integer_of(result, ~std::uint64_t{0} >> (64 - digits)));
}

llvm::Value* float_to_integer(llvm::IRBuilderBase& builder, const Traits& traits, llvm::Value* value,
                              llvm::Type* result, DType to) {
    if (value->getType()->isVectorTy() && traits.has_vector_registers)
        return vector_to_integer(builder, value, result, to);
    const auto id = is_signed(to) ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat;
    return builder.CreateIntrinsic(id, {result, value->getType()}, {value});
}

llvm::Value* integer_to_float(llvm::IRBuilderBase& builder, llvm::Value* value, llvm::Type* result,
                              DType from) {
    return is_signed(from) ? builder.CreateSIToFP(value, result) : builder.CreateUIToFP(value, result);
}

llvm::Value* integer_to_integer(llvm::IRBuilderBase& builder, llvm::Value* value, llvm::Type* result,
                                DType from) {
    return is_signed(from) ? builder.CreateSExtOrTrunc(value, result)
                           : builder.CreateZExtOrTrunc(value, result);
}

llvm::Value* to_boolean(llvm::IRBuilderBase& builder, llvm::Value* value) {
    llvm::Constant* const zero = llvm::Constant::getNullValue(value->getType());
    if (value->getType()->isFPOrFPVectorTy()) return builder.CreateFCmpUNE(value, zero);
    return builder.CreateICmpNE(value, zero);
}

/// The halves of which the value is the exact conversion, or null.
llvm::Value* as_halves(llvm::IRBuilderBase& builder, llvm::Value* value) {
    llvm::Type* const half = builder.getHalfTy();
    if (auto* const widened = llvm::dyn_cast<llvm::FPExtInst>(value))
        return widened->getSrcTy()->getScalarType() == half ? widened->getOperand(0) : nullptr;
    if (llvm::Value* const one = llvm::getSplatValue(value)) {
        llvm::Value* const narrow = as_halves(builder, one);
        return narrow == nullptr
                   ? nullptr
                   : builder.CreateVectorSplat(static_cast<unsigned>(lanes_of(value->getType())), narrow);
    }
    const auto* const constant = llvm::dyn_cast<llvm::ConstantFP>(value);
    if (constant == nullptr || value->getType()->isVectorTy()) return nullptr;
    llvm::APFloat number = constant->getValueAPF();
    bool loses = false;
    number.convert(half->getFltSemantics(), llvm::APFloat::rmNearestTiesToEven, &loses);
    return loses ? nullptr : llvm::ConstantFP::get(half, number);
}

/// A sum, difference or product of halves in f32, rounded to f16, is the same as in f16: the second rounding
/// is innocuous where the wider format has at least twice the digits and two (Figueroa, "When is double
/// rounding innocuous?", 1995). A multiply-add is not one of these. Null for anything else.
llvm::Value* in_halves(llvm::IRBuilderBase& builder, llvm::Value* value) {
    const auto* const operation = llvm::dyn_cast<llvm::BinaryOperator>(value);
    if (operation == nullptr) return nullptr;
    const auto code = operation->getOpcode();
    using Operator = llvm::Instruction;
    if (code != Operator::FAdd && code != Operator::FSub && code != Operator::FMul) return nullptr;
    llvm::Value* const left = as_halves(builder, operation->getOperand(0));
    llvm::Value* const right = left == nullptr ? nullptr : as_halves(builder, operation->getOperand(1));
    return right == nullptr ? nullptr : builder.CreateBinOp(code, left, right);
}

}  // namespace

llvm::Value* emit_conversion(llvm::IRBuilderBase& builder, const Traits& traits, llvm::Value* value,
                             tile::Type from, DType to) {
    llvm::Type* const result = register_type(builder.getContext(), from.with(to));
    if (from.scalar == to) return value;
    if (tile::is_storage_only(from.scalar) || tile::is_storage_only(to)) {
        // One instruction each way, which keeps subnormals and rounds to nearest even.
        llvm::Type* const half = with_element(value->getType(), builder.getHalfTy());
        if (traits.has_half_conversions && from.scalar == DType::f16 && to == DType::f32)
            return builder.CreateFPExt(builder.CreateBitCast(value, half), result);
        if (traits.has_half_conversions && from.scalar == DType::f32 && to == DType::f16) {
            if (traits.has_half_arithmetic)
                if (llvm::Value* const short_way = in_halves(builder, value))
                    return builder.CreateBitCast(short_way, result);
            // The constrained form is the same rounding; nothing is matched across it.
            llvm::Value* const rounded =
                traits.adds_zero_to_rounded_products
                    ? builder.CreateConstrainedFPCast(
                          llvm::Intrinsic::experimental_constrained_fptrunc, value, half, {}, "", nullptr,
                          llvm::RoundingMode::NearestTiesToEven, llvm::fp::ebIgnore)
                    : builder.CreateFPTrunc(value, half);
            return builder.CreateBitCast(rounded, result);
        }
        refuse(traits, from, to);
    }
    if (to == DType::boolean) return to_boolean(builder, value);
    if (is_float(from.scalar))
        return is_float(to) ? builder.CreateFPCast(value, result)
                            : float_to_integer(builder, traits, value, result, to);
    return is_float(to) ? integer_to_float(builder, value, result, from.scalar)
                        : integer_to_integer(builder, value, result, from.scalar);
}

}  // namespace sporkle::llvm_ir
