#include "targets/amdgpu/emit/memory.hpp"

#include <algorithm>

#include <llvm/IR/Constants.h>

#include "targets/llvm/types.hpp"

namespace sporkle::amdgpu {

using llvm_ir::from_memory;
using llvm_ir::lanes_of;
using llvm_ir::memory_type;
using llvm_ir::to_memory;
using tile::Op;

llvm::GlobalVariable* shared_array(llvm::Module& module, llvm::Type* element, std::int64_t size,
                                   const std::string& name) {
    auto* const type = llvm::ArrayType::get(element, static_cast<std::uint64_t>(size));
    constexpr unsigned shared_space = 3;
    auto* const array = new llvm::GlobalVariable(module, type, false, llvm::GlobalValue::InternalLinkage,
                                                 llvm::PoisonValue::get(type), name, nullptr,
                                                 llvm::GlobalValue::NotThreadLocal, shared_space);
    array->setAlignment(llvm::Align(16));
    return array;
}

llvm::Value* Memory::element(llvm::Type* type, llvm::Value* base, llvm::Value* number) {
    const unsigned space = base->getType()->getPointerAddressSpace();
    if (space != 1) number = builder_.CreateTrunc(number, builder_.getInt32Ty());
    return builder_.CreateGEP(type, base, number);
}

Memory::Access Memory::access_of(const tile::Instruction& instruction, tile::Type type,
                                 std::span<llvm::Value* const> operands) {
    Access access;
    access.type = memory_type(builder_.getContext(), type);
    access.lanes = type.lanes;
    access.alignment = llvm::Align(std::max<std::uint64_t>(
        static_cast<std::uint64_t>(size_of(type.scalar)), static_cast<std::uint64_t>(instruction.alignment)));
    if (instruction.masked) access.mask = operands.back();
    llvm::Value* const base = bases_[static_cast<std::size_t>(instruction.buffer)];
    llvm::Type* const scalar = access.type->getScalarType();
    const bool indexed = instruction.op == Op::gather || instruction.op == Op::scatter;
    const bool strided = instruction.op == Op::load_strided || instruction.op == Op::store_strided;
    access.contiguous = type.lanes == 1 || (!indexed && !strided);
    if (access.contiguous) {
        access.places = {element(scalar, base, operands[0])};
        return access;
    }
    for (int lane = 0; lane < type.lanes; ++lane) {
        const auto number = static_cast<std::uint64_t>(lane);
        llvm::Value* const place =
            indexed
                ? builder_.CreateExtractElement(operands[0], number)
                : builder_.CreateAdd(operands[0], builder_.CreateMul(operands[1], builder_.getInt64(number)));
        access.places.push_back(element(scalar, base, place));
    }
    return access;
}

llvm::Value* Memory::place_of(const Access& access, int lane) {
    if (!access.contiguous) return access.places[static_cast<std::size_t>(lane)];
    return builder_.CreateConstGEP1_32(access.type->getScalarType(), access.places[0],
                                       static_cast<unsigned>(lane));
}

llvm::Value* Memory::mask_of(const Access& access, int lane) {
    if (!access.mask->getType()->isVectorTy()) return access.mask;
    return builder_.CreateExtractElement(access.mask, static_cast<std::uint64_t>(lane));
}

llvm::Align Memory::lane_alignment(const Access& access) const {
    return llvm::Align(access.type->getScalarSizeInBits() / 8);
}

llvm::Value* Memory::all_lanes(llvm::Value* mask) {
    if (!mask->getType()->isVectorTy()) return mask;
    llvm::Value* all = builder_.CreateExtractElement(mask, std::uint64_t{0});
    for (int lane = 1; lane < lanes_of(mask->getType()); ++lane)
        all = builder_.CreateAnd(all, builder_.CreateExtractElement(mask, static_cast<std::uint64_t>(lane)));
    return all;
}

llvm::Value* Memory::where(llvm::Value* condition, const std::function<llvm::Value*()>& then,
                           llvm::Value* otherwise) {
    llvm::LLVMContext& context = builder_.getContext();
    llvm::BasicBlock* const before = builder_.GetInsertBlock();
    llvm::Function* const function = before->getParent();
    llvm::BasicBlock* const inside = llvm::BasicBlock::Create(context, "where", function);
    llvm::BasicBlock* const after = llvm::BasicBlock::Create(context, "where.done", function);
    builder_.CreateCondBr(condition, inside, after);
    builder_.SetInsertPoint(inside);
    llvm::Value* const value = then();
    llvm::BasicBlock* const end = builder_.GetInsertBlock();
    builder_.CreateBr(after);
    builder_.SetInsertPoint(after);
    if (otherwise == nullptr) return nullptr;
    llvm::PHINode* const result = builder_.CreatePHI(otherwise->getType(), 2);
    result->addIncoming(otherwise, before);
    result->addIncoming(value, end);
    return result;
}

llvm::Value* Memory::load_all(const Access& access) {
    if (access.contiguous) return builder_.CreateAlignedLoad(access.type, access.places[0], access.alignment);
    llvm::Value* vector = llvm::PoisonValue::get(access.type);
    for (int lane = 0; lane < access.lanes; ++lane)
        vector = builder_.CreateInsertElement(
            vector,
            builder_.CreateAlignedLoad(access.type->getScalarType(), place_of(access, lane),
                                       lane_alignment(access)),
            static_cast<std::uint64_t>(lane));
    return vector;
}

llvm::Value* Memory::load(const tile::Instruction& instruction, tile::Type type,
                          std::span<llvm::Value* const> operands) {
    const Access access = access_of(instruction, type, operands);
    const auto loaded = [&]() -> llvm::Value* {
        if (access.mask == nullptr) return load_all(access);
        llvm::Value* const zeros = llvm::Constant::getNullValue(access.type);
        if (access.lanes == 1)
            return where(
                access.mask, [&] { return load_all(access); }, zeros);
        // Mostly every lane is there; otherwise lane by lane, so that no other memory is touched.
        llvm::Value* const all = all_lanes(access.mask);
        llvm::Value* vector = where(
            all, [&] { return load_all(access); }, zeros);
        return where(
            builder_.CreateNot(all),
            [&] {
                llvm::Value* parts = zeros;
                for (int lane = 0; lane < access.lanes; ++lane) {
                    llvm::Value* const one = where(
                        mask_of(access, lane),
                        [&]() -> llvm::Value* {
                            return builder_.CreateAlignedLoad(access.type->getScalarType(),
                                                              place_of(access, lane), lane_alignment(access));
                        },
                        llvm::Constant::getNullValue(access.type->getScalarType()));
                    parts = builder_.CreateInsertElement(parts, one, static_cast<std::uint64_t>(lane));
                }
                return parts;
            },
            vector);
    };
    return from_memory(builder_, loaded(), type);
}

void Memory::store_all(const Access& access, llvm::Value* value) {
    if (access.contiguous) {
        builder_.CreateAlignedStore(value, access.places[0], access.alignment);
        return;
    }
    for (int lane = 0; lane < access.lanes; ++lane)
        builder_.CreateAlignedStore(builder_.CreateExtractElement(value, static_cast<std::uint64_t>(lane)),
                                    place_of(access, lane), lane_alignment(access));
}

void Memory::store(const tile::Instruction& instruction, tile::Type type,
                   std::span<llvm::Value* const> operands) {
    const Access access = access_of(instruction, type, operands.subspan(1));
    llvm::Value* const value = to_memory(builder_, operands[0], type);
    const auto whole = [&]() -> llvm::Value* {
        store_all(access, value);
        return nullptr;
    };
    if (access.mask == nullptr) {
        whole();
        return;
    }
    if (access.lanes == 1) {
        where(access.mask, whole, nullptr);
        return;
    }
    llvm::Value* const all = all_lanes(access.mask);
    where(all, whole, nullptr);
    where(
        builder_.CreateNot(all),
        [&]() -> llvm::Value* {
            for (int lane = 0; lane < access.lanes; ++lane)
                where(
                    mask_of(access, lane),
                    [&]() -> llvm::Value* {
                        builder_.CreateAlignedStore(
                            builder_.CreateExtractElement(value, static_cast<std::uint64_t>(lane)),
                            place_of(access, lane), lane_alignment(access));
                        return nullptr;
                    },
                    nullptr);
            return nullptr;
        },
        nullptr);
}

}  // namespace sporkle::amdgpu
