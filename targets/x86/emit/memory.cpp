#include "targets/x86/emit/memory.hpp"

#include <algorithm>
#include <optional>

#include <llvm/IR/Constants.h>
#include <llvm/IR/IntrinsicInst.h>

#include "targets/llvm/types.hpp"
#include "targets/x86/emit/masked.hpp"

namespace sporkle::x86 {
namespace {

using llvm_ir::from_memory;
using llvm_ir::lanes_of;
using llvm_ir::memory_type;
using llvm_ir::to_memory;
using tile::Op;

/// Strides up to this many elements are loaded as whole vectors and sorted in registers.
constexpr int longest_short_stride = 4;

std::optional<std::int64_t> constant_value(llvm::Value* value) {
    const auto* constant = llvm::dyn_cast_or_null<llvm::ConstantInt>(value);
    if (constant == nullptr) return std::nullopt;
    return constant->getSExtValue();
}

llvm::Value* lane_numbers(llvm::IRBuilderBase& builder, int lanes) {
    std::vector<std::uint64_t> numbers;
    for (int lane = 0; lane < lanes; ++lane) numbers.push_back(static_cast<std::uint64_t>(lane));
    return llvm::ConstantDataVector::get(builder.getContext(), numbers);
}

/// The greatest power of two that divides a size.
llvm::Align alignment_of_size(std::uint64_t bytes) { return llvm::Align(bytes & (~bytes + 1)); }

}  // namespace

int Memory::Access::lanes() const { return lanes_of(type); }

Memory::Access Memory::access_of(const tile::Instruction& instruction, tile::Type type,
                                 std::span<llvm::Value* const> operands) const {
    const Op op = instruction.op;
    Access access{};
    access.buffer = instruction.buffer;
    access.type = memory_type(builder_.getContext(), type);
    access.nontemporal = instruction.nontemporal;
    const auto element_bytes = static_cast<std::uint64_t>(size_of(type.scalar));
    access.alignment =
        llvm::Align(std::max(element_bytes, static_cast<std::uint64_t>(instruction.alignment)));
    if (access.nontemporal)
        access.alignment = std::max(access.alignment, alignment_of_size(element_bytes * type.lanes));
    if (instruction.masked) access.mask = operands.back();

    llvm::Value* const base = bases_[static_cast<std::size_t>(instruction.buffer)];
    const bool indexed = op == Op::gather || op == Op::scatter;
    if (indexed && type.lanes > 1) {
        access.first = base;
        access.elements = operands[0];
        return access;
    }
    access.first = builder_.CreateGEP(access.type->getScalarType(), base, operands[0]);
    const bool strided = op == Op::load_strided || op == Op::store_strided;
    if (strided && type.lanes > 1 && constant_value(operands[1]) != 1) access.stride = operands[1];
    return access;
}

template <class Instruction>
Instruction* Memory::marked(Instruction* instruction, const Access& access) const {
    scopes_.mark(instruction, access.buffer);
    if (access.nontemporal) {
        llvm::LLVMContext& context = builder_.getContext();
        instruction->setMetadata(
            llvm::LLVMContext::MD_nontemporal,
            llvm::MDNode::get(context, {llvm::ConstantAsMetadata::get(builder_.getInt32(1))}));
    }
    return instruction;
}

llvm::Value* Memory::load_at(const Access& access, llvm::Type* type, llvm::Value* address,
                             llvm::Align alignment) {
    return marked(builder_.CreateAlignedLoad(type, address, alignment), access);
}

void Memory::store_at(const Access& access, llvm::Value* value, llvm::Value* address, llvm::Align alignment) {
    marked(builder_.CreateAlignedStore(value, address, alignment), access);
}

bool Memory::has_masked_instruction(const Access& access) const {
    const unsigned width = access.type->getScalarSizeInBits();
    const bool words = width == 32 || width == 64;
    if (access.lanes() == 1) return false;
    if (!access.contiguous()) return level_.gathers && words;
    return words ? level_.masks_words : level_.masks_bytes;
}

llvm::Value* Memory::lane_addresses(const Access& access) {
    llvm::Value* offsets = access.elements;
    if (offsets == nullptr)
        offsets = builder_.CreateMul(
            lane_numbers(builder_, access.lanes()),
            builder_.CreateVectorSplat(static_cast<unsigned>(access.lanes()), access.stride));
    return builder_.CreateGEP(access.type->getScalarType(), access.first, offsets);
}

llvm::Value* Memory::address(const Access& access, int lane) {
    llvm::Value* offset = nullptr;
    if (access.elements != nullptr)
        offset = builder_.CreateExtractElement(access.elements, static_cast<std::uint64_t>(lane));
    else
        offset = builder_.CreateMul(access.stride, builder_.getInt64(static_cast<std::uint64_t>(lane)));
    return builder_.CreateGEP(access.type->getScalarType(), access.first, offset);
}

void Memory::for_each_lane(const Access& access,
                           const std::function<void(llvm::Value* address, llvm::Value* lane)>& body) {
    std::optional<LaneArray> elements;
    if (access.elements != nullptr) {
        elements.emplace(builder_, access.elements->getType());
        elements->write(builder_, access.elements);
    }
    for_each_set_lane(builder_, access.mask, [&](llvm::Value* lane) {
        llvm::Value* offset = lane;
        if (elements)
            offset = builder_.CreateLoad(builder_.getInt64Ty(), elements->place(builder_, lane));
        else if (access.stride != nullptr)
            offset = builder_.CreateMul(lane, access.stride);
        body(builder_.CreateGEP(access.type->getScalarType(), access.first, offset), lane);
    });
}

llvm::Value* Memory::load(const tile::Instruction& instruction, tile::Type type,
                          std::span<llvm::Value* const> operands) {
    return from_memory(builder_, load(access_of(instruction, type, operands)), type);
}

llvm::Value* Memory::load(const Access& access) {
    if (access.mask == nullptr) return load_all(access);
    llvm::Value* const zeros = llvm::Constant::getNullValue(access.type);
    if (has_masked_instruction(access)) {
        if (access.contiguous())
            return marked(
                builder_.CreateMaskedLoad(access.type, access.first, access.alignment, access.mask, zeros),
                access);
        return marked(builder_.CreateMaskedGather(access.type, lane_addresses(access), access.alignment,
                                                  access.mask, zeros),
                      access);
    }
    if (access.lanes() == 1) {
        LaneArray result(builder_, access.type);
        emit_branch(
            builder_, access.mask,
            [&] { result.write(builder_, load_at(access, access.type, access.first, access.alignment)); },
            [&] { result.write(builder_, zeros); });
        return result.read(builder_);
    }
    LaneArray result(builder_, access.type);
    const auto lane_by_lane = [&] {
        result.write(builder_, zeros);
        for_each_lane(access, [&](llvm::Value* address, llvm::Value* lane) {
            const llvm::Align alignment = alignment_of_size(access.type->getScalarSizeInBits() / 8);
            builder_.CreateStore(load_at(access, result.element(), address, alignment),
                                 result.place(builder_, lane));
        });
    };
    if (access.contiguous())
        emit_branch(
            builder_, all_lanes(builder_, access.mask), [&] { result.write(builder_, load_all(access)); },
            lane_by_lane);
    else
        lane_by_lane();
    return result.read(builder_);
}

llvm::Value* Memory::load_all(const Access& access) {
    if (access.contiguous()) return load_at(access, access.type, access.first, access.alignment);
    if (const auto stride = constant_value(access.stride))
        if (*stride == -1 || (*stride > 1 && *stride <= longest_short_stride))
            return load_short_stride(access, static_cast<int>(*stride));
    // One load a lane is quicker than a gather instruction: README.md has the figures.
    llvm::Value* vector = llvm::PoisonValue::get(access.type);
    for (int lane = 0; lane < access.lanes(); ++lane)
        vector = builder_.CreateInsertElement(
            vector, load_at(access, access.type->getScalarType(), address(access, lane), access.alignment),
            static_cast<std::uint64_t>(lane));
    return vector;
}

/// Whole vectors over the range from the lowest lane's element to the highest's and no further, then the
/// wanted elements out of them. The elements between lie in the same pages as wanted ones.
llvm::Value* Memory::load_short_stride(const Access& access, int stride) {
    const int lanes = access.lanes();
    llvm::Type* const element = access.type->getScalarType();
    const auto window = [&](int first) {
        llvm::Value* const start = builder_.CreateGEP(
            element, access.first, llvm::ConstantInt::getSigned(builder_.getInt64Ty(), first));
        return load_at(access, access.type, start, alignment_of_size(element->getScalarSizeInBits() / 8));
    };
    std::vector<int> picked(static_cast<std::size_t>(lanes));
    if (stride == -1) {
        for (int lane = 0; lane < lanes; ++lane) picked[static_cast<std::size_t>(lane)] = lanes - 1 - lane;
        return builder_.CreateShuffleVector(window(1 - lanes), picked);
    }
    // Window w begins at element w · lanes, but the last one ends at the last wanted element.
    llvm::Value* gathered = nullptr;
    for (int w = 0; w < stride; ++w) {
        const int first = w + 1 < stride ? w * lanes : (stride - 1) * (lanes - 1);
        llvm::Value* const loaded = window(first);
        for (int lane = 0; lane < lanes; ++lane) {
            const bool here = std::min(lane * stride / lanes, stride - 1) == w;
            int& pick = picked[static_cast<std::size_t>(lane)];
            if (gathered == nullptr)
                pick = here ? lane * stride : 0;
            else
                pick = here ? lanes + lane * stride - first : lane;
        }
        gathered = gathered == nullptr ? builder_.CreateShuffleVector(loaded, picked)
                                       : builder_.CreateShuffleVector(gathered, loaded, picked);
    }
    return gathered;
}

void Memory::store(const tile::Instruction& instruction, tile::Type type,
                   std::span<llvm::Value* const> operands) {
    store(access_of(instruction, type, operands.subspan(1)), to_memory(builder_, operands[0], type));
}

void Memory::store(const Access& access, llvm::Value* value) {
    if (access.mask == nullptr) return store_all(access, value);
    if (has_masked_instruction(access)) {
        if (access.contiguous())
            marked(builder_.CreateMaskedStore(value, access.first, access.alignment, access.mask), access);
        else
            marked(builder_.CreateMaskedScatter(value, lane_addresses(access), access.alignment, access.mask),
                   access);
        return;
    }
    if (access.lanes() == 1)
        return emit_branch(
            builder_, access.mask, [&] { store_at(access, value, access.first, access.alignment); }, [] {});
    const auto lane_by_lane = [&] {
        LaneArray values(builder_, access.type);
        values.write(builder_, value);
        for_each_lane(access, [&](llvm::Value* address, llvm::Value* lane) {
            const llvm::Align alignment = alignment_of_size(access.type->getScalarSizeInBits() / 8);
            store_at(access, builder_.CreateLoad(values.element(), values.place(builder_, lane)), address,
                     alignment);
        });
    };
    if (access.contiguous())
        emit_branch(
            builder_, all_lanes(builder_, access.mask), [&] { store_all(access, value); }, lane_by_lane);
    else
        lane_by_lane();
}

void Memory::store_all(const Access& access, llvm::Value* value) {
    if (access.contiguous()) return store_at(access, value, access.first, access.alignment);
    for (int lane = 0; lane < access.lanes(); ++lane)
        store_at(access, builder_.CreateExtractElement(value, static_cast<std::uint64_t>(lane)),
                 address(access, lane), access.alignment);
}

void Memory::prefetch(const tile::Instruction& instruction, llvm::Value* element) {
    const tile::Type type{kernel_.buffers[static_cast<std::size_t>(instruction.buffer)].dtype, 1};
    llvm::Value* const address =
        builder_.CreateGEP(memory_type(builder_.getContext(), type),
                           bases_[static_cast<std::size_t>(instruction.buffer)], element);
    const int locality = instruction.imm == 0 ? 3 : 2;  // prefetcht0, prefetcht1
    builder_.CreateIntrinsic(llvm::Intrinsic::prefetch, {address->getType()},
                             {address, builder_.getInt32(0),
                              builder_.getInt32(static_cast<unsigned>(locality)), builder_.getInt32(1)});
}

}  // namespace sporkle::x86
