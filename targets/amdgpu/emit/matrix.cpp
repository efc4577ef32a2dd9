#include "targets/amdgpu/emit/matrix.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <vector>

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsAMDGPU.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/llvm/types.hpp"

namespace sporkle::amdgpu {
namespace {

using llvm_ir::memory_type;
using tile::Fragment;
using tile::Type;

llvm::FixedVectorType* vector_of(llvm::Type* element, int lanes) {
    return llvm::FixedVectorType::get(element, static_cast<unsigned>(lanes));
}

/// Lanes first … first + count - 1.
llvm::Value* slice(llvm::IRBuilderBase& builder, llvm::Value* vector, int first, int count) {
    if (count == llvm_ir::lanes_of(vector->getType())) return vector;
    std::vector<int> picked(static_cast<std::size_t>(count));
    std::iota(picked.begin(), picked.end(), first);
    return builder.CreateShuffleVector(vector, picked);
}

}  // namespace

Matrices::Matrices(llvm::IRBuilderBase& builder, const EmitChip& chip, const tile::Kernel& kernel,
                   Memory& memory, llvm::Value* lane)
    : builder_(builder), chip_(chip), kernel_(kernel), memory_(memory), lane_(lane), definitions_(kernel) {
    if (kernel.shuffle_width != chip.wave_size)
        throw Error(ErrorCode::unsupported, "amdgpu: kernel '" + kernel.name + "' holds fragments in " +
                                                std::to_string(kernel.shuffle_width) + " threads; waves of " +
                                                chip.machine.architecture + " have " +
                                                std::to_string(chip.wave_size));
}

llvm::Value* Matrices::emit(const tile::Instruction& instruction, std::span<llvm::Value* const> operands) {
    switch (instruction.op) {
        case tile::Op::constant:
            return constant(kernel_.type_of(instruction.results[0]), instruction.bits);
        case tile::Op::matrix_load:
            return load(instruction, operands);
        case tile::Op::matrix_multiply_add:
            return multiply_add(instruction, operands);
        case tile::Op::matrix_convert: {
            const int elements = llvm_ir::lanes_of(operands[0]->getType());
            llvm::Value* const halves =
                builder_.CreateFPTrunc(operands[0], vector_of(builder_.getHalfTy(), elements));
            return builder_.CreateBitCast(halves, vector_of(builder_.getInt16Ty(), elements));
        }
        default:
            store(instruction, operands);
            return nullptr;
    }
}

llvm::Value* Matrices::constant(Type type, std::uint64_t bits) {
    const int lanes = layout_of(chip_.generation, type).elements;
    Type elements = Type{type.scalar, static_cast<std::uint16_t>(lanes)};
    llvm::Value* const value = llvm_ir::constant_of(builder_.getContext(), elements, bits);
    return from_elements(builder_.CreateBitCast(value, vector_of(value->getType()->getScalarType(), lanes)),
                         type);
}

llvm::Value* Matrices::from_elements(llvm::Value* elements, Type type) {
    if (type.fragment == Fragment::accumulator) return elements;
    const auto bits = static_cast<int>(elements->getType()->getPrimitiveSizeInBits());
    return builder_.CreateBitCast(elements, vector_of(builder_.getInt32Ty(), bits / 32));
}

llvm::Value* Matrices::to_elements(llvm::Value* fragment, const Access& access) {
    return builder_.CreateBitCast(fragment, vector_of(access.element, access.layout.elements));
}

/// What is known to divide the addresses of all runs of an access.
llvm::Align Matrices::alignment_of(const tile::Instruction& instruction, Type type, int run) {
    const auto bytes = static_cast<std::uint64_t>(size_of(type.scalar));
    const bool is_shared =
        kernel_.buffers[static_cast<std::size_t>(instruction.buffer)].space == tile::Space::shared;
    if (!is_shared) return llvm::Align(bytes);
    constexpr std::uint64_t alignment_of_arrays = 16;
    const std::size_t first = instruction.op == tile::Op::matrix_store ? 1 : 0;
    auto common = static_cast<std::uint64_t>(run);
    for (const std::size_t operand : {first, first + 1})
        common = std::gcd(common, static_cast<std::uint64_t>(
                                      definitions_.factor(definitions_.form(instruction.operands[operand]))));
    return llvm::Align(std::min(alignment_of_arrays, bytes << std::countr_zero(common)));
}

Matrices::Access Matrices::access_of(const tile::Instruction& instruction, Type type, llvm::Value* first,
                                     llvm::Value* pitch) {
    Access access;
    const FragmentLayout& layout = access.layout = layout_of(chip_.generation, type);
    access.element = memory_type(builder_.getContext(), Type{type.scalar, 1});
    const bool by_columns = instruction.imm != 0;
    access.in_runs = layout.lines_are_rows != by_columns;
    access.alignment = access.in_runs ? alignment_of(instruction, type, layout.run)
                                      : llvm::Align(static_cast<std::uint64_t>(size_of(type.scalar)));
    const auto integer = [&](int n) { return builder_.getInt64(static_cast<std::uint64_t>(n)); };
    llvm::Value* const one = integer(1);
    llvm::Value *const line_step = access.in_runs ? pitch : one, *const place_step =
                                                                     access.in_runs ? one : pitch;
    // Extents are powers of two.
    llvm::Value* const line =
        builder_.CreateAnd(builder_.CreateUDiv(lane_, integer(layout.neighbours)), integer(layout.lines - 1));
    llvm::Value* number = builder_.CreateAdd(first, builder_.CreateMul(line, line_step));
    if (layout.groups > 1) {
        llvm::Value* const group = builder_.CreateUDiv(lane_, integer(layout.lines));
        llvm::Value* const low = builder_.CreateMul(group, integer(layout.run));
        number = builder_.CreateAdd(number, builder_.CreateMul(low, place_step));
    }
    for (int e = 0; e < layout.elements; e += access.in_runs ? layout.run : 1) {
        llvm::Value* const further = builder_.CreateMul(integer(layout.place(e)), place_step);
        access.places.push_back(
            memory_.place(instruction.buffer, access.element, builder_.CreateAdd(number, further)));
    }
    return access;
}

llvm::Value* Matrices::load(const tile::Instruction& instruction, std::span<llvm::Value* const> operands) {
    const Type type = kernel_.type_of(instruction.results[0]);
    const Access access = access_of(instruction, type, operands[0], operands[1]);
    llvm::Value* elements = nullptr;
    if (access.in_runs) {
        std::vector<llvm::Value*> runs;
        for (llvm::Value* const place : access.places)
            runs.push_back(builder_.CreateAlignedLoad(vector_of(access.element, access.layout.run), place,
                                                      access.alignment));
        elements = llvm::concatenateVectors(builder_, runs);
    } else {
        elements = llvm::PoisonValue::get(vector_of(access.element, access.layout.elements));
        for (std::size_t e = 0; e < access.places.size(); ++e)
            elements = builder_.CreateInsertElement(
                elements, builder_.CreateAlignedLoad(access.element, access.places[e], access.alignment), e);
    }
    llvm::Value* const fragment = from_elements(elements, type);
    // Asked once, not wherever the fragment is used.
    if (flushes_subnormals(chip_.generation, type))
        subnormals_[fragment] = lanes_with_subnormals(fragment, type.scalar);
    return fragment;
}

void Matrices::store(const tile::Instruction& instruction, std::span<llvm::Value* const> operands) {
    const Type type = kernel_.type_of(instruction.operands[0]);
    const Access access = access_of(instruction, type, operands[1], operands[2]);
    llvm::Value* const elements = to_elements(operands[0], access);
    for (std::size_t n = 0; n < access.places.size(); ++n) {
        const int run = access.layout.run;
        llvm::Value* const part = access.in_runs ? slice(builder_, elements, static_cast<int>(n) * run, run)
                                                 : builder_.CreateExtractElement(elements, n);
        builder_.CreateAlignedStore(part, access.places[n], access.alignment);
    }
}

/// WMMA intrinsics are of any type of result and factor, MFMA ones are not.
llvm::Function* Matrices::declaration(const MatrixInstruction& unit, llvm::Type* factor, llvm::Type* sum) {
    std::vector<llvm::Type*> types;
    if (unit.family == MatrixFamily::wmma) {
        llvm::Type* words = factor;
        const auto halves = 2 * llvm_ir::lanes_of(factor);
        if (unit.shape.factor == DType::f16) words = vector_of(builder_.getHalfTy(), halves);
        if (unit.shape.factor == DType::bf16) words = vector_of(builder_.getInt16Ty(), halves);
        types = {sum, words};
    }
    llvm::Module* const module = builder_.GetInsertBlock()->getModule();
    return llvm::Intrinsic::getDeclaration(module, unit.intrinsic, types);
}

llvm::Value* Matrices::call(const MatrixInstruction& unit, llvm::Value* left, llvm::Value* right,
                            llvm::Value* sum) {
    llvm::Function* const product = declaration(unit, left->getType(), sum->getType());
    const bool has_signs = unit.family == MatrixFamily::wmma && is_integer(unit.shape.factor);
    llvm::Type* const factor = product->getFunctionType()->getParamType(has_signs ? 1 : 0);
    if (unit.swaps_factors()) std::swap(left, right);
    left = builder_.CreateBitCast(left, factor);
    right = builder_.CreateBitCast(right, factor);
    if (has_signs) {
        llvm::Value* const is_signed = builder_.getInt1(sporkle::is_signed(unit.shape.factor));
        return builder_.CreateCall(product, {is_signed, left, is_signed, right, sum, builder_.getFalse()});
    }
    if (unit.family == MatrixFamily::wmma) return builder_.CreateCall(product, {left, right, sum});
    if (unit.family == MatrixFamily::dot) {
        // LLVM may use the instructions in this function only: see features_of.
        builder_.GetInsertBlock()->getParent()->addFnAttr("target-features", features_of(chip_, true));
        llvm::Value* const plain = builder_.CreateBitCast(sum, builder_.getInt32Ty());
        return builder_.CreateBitCast(builder_.CreateCall(product, {left, right, plain, builder_.getFalse()}),
                                      sum->getType());
    }
    llvm::Value* const none = builder_.getInt32(0);  // nothing is broadcast or permuted
    return builder_.CreateCall(product, {left, right, sum, none, none, none});
}

llvm::Value* Matrices::multiply(const MatrixInstruction& unit, llvm::Value* left, llvm::Value* right,
                                llvm::Value* sum) {
    const int words = llvm_ir::lanes_of(left->getType()) / unit.repeats;
    for (int n = 0; n < unit.repeats; ++n)
        sum = call(unit, slice(builder_, left, n * words, words), slice(builder_, right, n * words, words),
                   sum);
    return sum;
}

llvm::Value* Matrices::multiply_add(const tile::Instruction& instruction,
                                    std::span<llvm::Value* const> operands) {
    const Type left = kernel_.type_of(instruction.operands[0]),
               sum = kernel_.type_of(instruction.operands[2]);
    const MatrixInstruction* const unit = instruction_for(chip_.generation, left, sum);
    if (unit == nullptr)
        throw Error(ErrorCode::unsupported, "amdgpu: " + chip_.machine.architecture +
                                                " does not multiply fragments " + tile::name_of(left) +
                                                " into " + tile::name_of(sum));
    if (!unit->flushes_subnormals) return multiply(*unit, operands[0], operands[1], operands[2]);
    const auto asked = [&](llvm::Value* factor) {
        const auto found = subnormals_.find(factor);
        return found != subnormals_.end() ? found->second : lanes_with_subnormals(factor, left.scalar);
    };
    llvm::Value* const any = builder_.CreateOr(asked(operands[0]), asked(operands[1]));
    llvm::Value* const none = llvm::Constant::getNullValue(any->getType());
    // Two branches one after the other, neither of which LLVM may know from the other: as one of two sides
    // it would keep the accumulators twice and copy them.
    llvm::Value* const product = where(builder_.CreateICmpEQ(any, none), operands[2], [&] {
        return multiply(*unit, operands[0], operands[1], operands[2]);
    });
    return where(builder_.CreateICmpNE(opaque(any, "s"), none), product, [&] {
        return multiply_as_f32(*unit, opaque(operands[0], "v"), opaque(operands[1], "v"), product);
    });
}

llvm::Value* Matrices::where(llvm::Value* condition, llvm::Value* otherwise,
                             const std::function<llvm::Value*()>& then) {
    llvm::LLVMContext& context = builder_.getContext();
    llvm::BasicBlock* const before = builder_.GetInsertBlock();
    llvm::Function* const function = before->getParent();
    llvm::BasicBlock* const inside = llvm::BasicBlock::Create(context, "product", function);
    llvm::BasicBlock* const after = llvm::BasicBlock::Create(context, "product.done", function);
    builder_.CreateCondBr(condition, inside, after);
    builder_.SetInsertPoint(inside);
    llvm::Value* const value = then();
    builder_.CreateBr(after);
    builder_.SetInsertPoint(after);
    llvm::PHINode* const result = builder_.CreatePHI(otherwise->getType(), 2);
    result->addIncoming(otherwise, before);
    result->addIncoming(value, inside);
    return result;
}

/// The same value, of which LLVM knows nothing. `kind`: of registers, "s" or "v".
llvm::Value* Matrices::opaque(llvm::Value* value, const std::string& kind) {
    auto* const type = llvm::FunctionType::get(value->getType(), {value->getType()}, false);
    return builder_.CreateCall(llvm::InlineAsm::get(type, "", "=" + kind + ",0", true), {value});
}

/// In each step of a product of f32 a lane gives the next one of its elements.
llvm::Value* Matrices::multiply_as_f32(const MatrixInstruction& unit, llvm::Value* left, llvm::Value* right,
                                       llvm::Value* sum) {
    const auto all = matrix_instructions(chip_.generation);
    const auto wide = std::find_if(all.begin(), all.end(), [&](const MatrixInstruction& one) {
        return one.shape.factor == DType::f32 && one.shape.rows == unit.shape.rows;
    });
    const int elements = 2 * llvm_ir::lanes_of(left->getType());
    const auto element = [&](llvm::Value* factor, int number) -> llvm::Value* {
        llvm::Value* const halves =
            builder_.CreateBitCast(factor, vector_of(builder_.getInt16Ty(), elements));
        llvm::Value* const half = builder_.CreateExtractElement(halves, static_cast<std::uint64_t>(number));
        if (unit.shape.factor == DType::f16)
            return builder_.CreateFPExt(builder_.CreateBitCast(half, builder_.getHalfTy()),
                                        builder_.getFloatTy());
        llvm::Value* const word = builder_.CreateZExt(half, builder_.getInt32Ty());
        return builder_.CreateBitCast(builder_.CreateShl(word, 16), builder_.getFloatTy());
    };
    for (int e = 0; e < elements; ++e) sum = call(*wide, element(left, e), element(right, e), sum);
    return sum;
}

llvm::Value* Matrices::lanes_with_subnormals(llvm::Value* factor, DType type) {
    // Without its sign, less 1, a subnormal is below the least normal number less 1, and a zero is far above.
    const std::uint64_t least_normal = type == DType::f16 ? 0x0400 : 0x0080;
    auto* const pair = vector_of(builder_.getInt16Ty(), 2);
    const auto both = [&](std::uint64_t bits) { return llvm_ir::integer_of(builder_.getInt16Ty(), bits); };
    llvm::Value* least = nullptr;
    for (int n = 0; n < llvm_ir::lanes_of(factor->getType()); ++n) {
        llvm::Value* const word = builder_.CreateExtractElement(factor, static_cast<std::uint64_t>(n));
        llvm::Value* const magnitude = builder_.CreateAnd(builder_.CreateBitCast(word, pair),
                                                          builder_.CreateVectorSplat(2, both(0x7fff)));
        llvm::Value* const below = builder_.CreateSub(magnitude, builder_.CreateVectorSplat(2, both(1)));
        least =
            least == nullptr ? below : builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, least, below);
    }
    llvm::Value* const is_subnormal =
        builder_.CreateICmpULT(least, builder_.CreateVectorSplat(2, both(least_normal - 1)));
    llvm::Value* const either =
        builder_.CreateOr(builder_.CreateExtractElement(is_subnormal, std::uint64_t{0}),
                          builder_.CreateExtractElement(is_subnormal, std::uint64_t{1}));
    llvm::Type* const lanes = builder_.getIntNTy(static_cast<unsigned>(chip_.wave_size));
    return builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_ballot, {lanes}, {either});
}

}  // namespace sporkle::amdgpu
