#include "targets/llvm/arithmetic.hpp"

#include <numeric>
#include <vector>

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Intrinsics.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/llvm/convert.hpp"
#include "targets/llvm/divide.hpp"
#include "targets/llvm/types.hpp"

namespace sporkle::llvm_ir {
namespace {

using llvm::Intrinsic::ID;
using tile::Op;
using Predicate = llvm::CmpInst::Predicate;

/// Ordered for floats, except that a NaN differs from everything; booleans compare as 0 and 1.
Predicate predicate_of(Op op, DType type) {
    struct Row {
        Op op;
        Predicate floating, with_sign, without_sign;
    };
    static constexpr Row rows[] = {
        {Op::less, Predicate::FCMP_OLT, Predicate::ICMP_SLT, Predicate::ICMP_ULT},
        {Op::less_equal, Predicate::FCMP_OLE, Predicate::ICMP_SLE, Predicate::ICMP_ULE},
        {Op::greater, Predicate::FCMP_OGT, Predicate::ICMP_SGT, Predicate::ICMP_UGT},
        {Op::greater_equal, Predicate::FCMP_OGE, Predicate::ICMP_SGE, Predicate::ICMP_UGE},
        {Op::equal, Predicate::FCMP_OEQ, Predicate::ICMP_EQ, Predicate::ICMP_EQ},
        {Op::not_equal, Predicate::FCMP_UNE, Predicate::ICMP_NE, Predicate::ICMP_NE}};
    for (const Row& row : rows)
        if (row.op == op)
            return is_float(type) ? row.floating : is_signed(type) ? row.with_sign : row.without_sign;
    throw Error(ErrorCode::invalid_program, "LLVM IR: " + std::string(name_of(op)) + " is not a comparison");
}

llvm::Value* compare(llvm::IRBuilderBase& builder, Op op, DType type, llvm::Value* a, llvm::Value* b) {
    return builder.CreateCmp(predicate_of(op, type), a, b);
}

/// A shift count modulo the width, so that every count is defined.
llvm::Value* count_of(llvm::IRBuilderBase& builder, llvm::Value* count) {
    return builder.CreateAnd(count,
                             integer_of(count->getType(), count->getType()->getScalarSizeInBits() - 1));
}

llvm::Value* unary(llvm::IRBuilderBase& builder, Op op, tile::Type type, llvm::Value* a) {
    const bool floating = is_float(type.scalar);
    const auto intrinsic = [&](ID id) { return builder.CreateUnaryIntrinsic(id, a); };
    switch (op) {
        case Op::neg:
            return floating ? builder.CreateFNeg(a) : builder.CreateNeg(a);
        case Op::abs:
            if (floating) return intrinsic(llvm::Intrinsic::fabs);
            if (!is_signed(type.scalar)) return a;
            return builder.CreateBinaryIntrinsic(llvm::Intrinsic::abs, a, builder.getFalse());
        case Op::sqrt:
            return intrinsic(llvm::Intrinsic::sqrt);
        case Op::floor:
            return intrinsic(llvm::Intrinsic::floor);
        case Op::ceil:
            return intrinsic(llvm::Intrinsic::ceil);
        case Op::trunc:
            return intrinsic(llvm::Intrinsic::trunc);
        case Op::round_even:
            return intrinsic(llvm::Intrinsic::roundeven);
        default:
            return builder.CreateNot(a);
    }
}

llvm::Value* binary(llvm::IRBuilderBase& builder, const Traits& traits, Op op, tile::Type type,
                    llvm::Value* a, llvm::Value* b) {
    const bool floating = is_float(type.scalar);
    switch (op) {
        case Op::add:
            return floating ? builder.CreateFAdd(a, b) : builder.CreateAdd(a, b);
        case Op::sub:
            return floating ? builder.CreateFSub(a, b) : builder.CreateSub(a, b);
        case Op::mul:
            return floating ? builder.CreateFMul(a, b) : builder.CreateMul(a, b);
        case Op::div:
        case Op::rem:
            return floating ? builder.CreateFDiv(a, b) : emit_division(builder, traits, op, type, a, b);
        case Op::min:  // for floats exactly what minps does: b where either is NaN or both are zeros
            return builder.CreateSelect(compare(builder, Op::less, type.scalar, a, b), a, b);
        case Op::max:
            return builder.CreateSelect(compare(builder, Op::greater, type.scalar, a, b), a, b);
        case Op::bit_and:
            return builder.CreateAnd(a, b);
        case Op::bit_or:
            return builder.CreateOr(a, b);
        case Op::bit_xor:
            return builder.CreateXor(a, b);
        case Op::shl:
            return builder.CreateShl(a, count_of(builder, b));
        case Op::shr:
            return is_signed(type.scalar) ? builder.CreateAShr(a, count_of(builder, b))
                                          : builder.CreateLShr(a, count_of(builder, b));
        default:
            return builder.CreateLShr(a, count_of(builder, b));
    }
}

llvm::Value* slice(llvm::IRBuilderBase& builder, llvm::Value* vector, int first, int lanes) {
    if (lanes_of(vector->getType()) == 1) return vector;
    if (lanes == 1) return builder.CreateExtractElement(vector, static_cast<std::uint64_t>(first));
    std::vector<int> picked(static_cast<std::size_t>(lanes));
    std::iota(picked.begin(), picked.end(), first);
    return builder.CreateShuffleVector(vector, picked);
}

llvm::Value* concat(llvm::IRBuilderBase& builder, llvm::Type* type, std::span<llvm::Value* const> parts) {
    if (parts.size() == 1) return parts.front();
    if (parts.front()->getType()->isVectorTy())
        return llvm::concatenateVectors(builder, {parts.data(), parts.size()});
    llvm::Value* vector = llvm::PoisonValue::get(type);
    for (std::size_t lane = 0; lane < parts.size(); ++lane)
        vector = builder.CreateInsertElement(vector, parts[lane], lane);
    return vector;
}

llvm::Value* lane_ids(llvm::Type* type) {
    std::vector<llvm::Constant*> lanes;
    for (int lane = 0; lane < lanes_of(type); ++lane)
        lanes.push_back(integer_of(type->getScalarType(), static_cast<std::uint64_t>(lane)));
    return lanes.size() == 1 ? lanes.front() : llvm::ConstantVector::get(lanes);
}

}  // namespace

llvm::Value* emit_pure(llvm::IRBuilderBase& builder, const Traits& traits,
                       const tile::Instruction& instruction, tile::Type type, tile::Type operand_type,
                       std::span<llvm::Value* const> operands) {
    const Op op = instruction.op;
    llvm::Type* const form = register_type(builder.getContext(), type);
    if (tile::is_unary(op)) return unary(builder, op, type, operands[0]);
    if (tile::is_binary(op)) return binary(builder, traits, op, type, operands[0], operands[1]);
    if (tile::is_comparison(op)) return compare(builder, op, operand_type.scalar, operands[0], operands[1]);
    switch (op) {
        case Op::lane_ids:
            return lane_ids(form);
        case Op::splat:
            return type.lanes == 1 ? operands[0] : builder.CreateVectorSplat(type.lanes, operands[0]);
        case Op::extract:
            return slice(builder, operands[0], static_cast<int>(instruction.imm), 1);
        case Op::slice:
            return slice(builder, operands[0], static_cast<int>(instruction.imm), type.lanes);
        case Op::concat:
            return concat(builder, form, operands);
        case Op::fma:
            if (is_float(type.scalar))
                return builder.CreateIntrinsic(llvm::Intrinsic::fma, {form},
                                               {operands[0], operands[1], operands[2]});
            return builder.CreateAdd(builder.CreateMul(operands[0], operands[1]), operands[2]);
        case Op::select:
            return builder.CreateSelect(operands[0], operands[1], operands[2]);
        case Op::convert:
            return emit_conversion(builder, traits, operands[0], operand_type, type.scalar);
        case Op::bitcast:  // of equal widths; a boolean only to itself
            return builder.CreateBitCast(operands[0], form);
        default:
            throw Error(ErrorCode::invalid_program,
                        "LLVM IR: no translation for the operation " + std::string(name_of(op)));
    }
}

}  // namespace sporkle::llvm_ir
