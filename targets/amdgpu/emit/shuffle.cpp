#include "targets/amdgpu/emit/shuffle.hpp"

#include <algorithm>

#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsAMDGPU.h>

#include "targets/amdgpu/emit/memory.hpp"

namespace sporkle::amdgpu {

using llvm::Intrinsic::ID;

void emit_barrier(llvm::IRBuilderBase& builder) {
    const llvm::SyncScope::ID workgroup = builder.getContext().getOrInsertSyncScopeID("workgroup");
    builder.CreateFence(llvm::AtomicOrdering::Release, workgroup);
    builder.CreateIntrinsic(llvm::Intrinsic::amdgcn_s_barrier, {}, {});
    builder.CreateFence(llvm::AtomicOrdering::Acquire, workgroup);
}

Shuffles::Shuffles(llvm::Module& module, llvm::IRBuilderBase& builder, const EmitChip& chip,
                   const tile::Kernel& kernel, std::function<llvm::Value*()> member_id)
    : module_(module),
      builder_(builder),
      chip_(chip),
      kernel_(kernel),
      member_id_(std::move(member_id)),
      numbers_(kernel) {}

llvm::Value* Shuffles::emit(llvm::Value* value, tile::Value source, llvm::Value* number) {
    Words words = to_words(value);
    llvm::Value* const member = builder_.CreateTrunc(number, builder_.getInt32Ty());
    const auto pattern = numbers_.pattern(source, chip_.wave_size);
    const auto moves = pattern ? moves_of(*pattern, chip_.generation) : std::nullopt;
    if (moves) {
        for (llvm::Value*& word : words)
            for (const LaneMove& move : *moves) word = moved(word, move);
    } else if (pattern || kernel_.shuffle_width <= chip_.wave_size) {
        for (llvm::Value*& word : words) word = permuted(word, member);
    } else {
        words = exchanged(value, words, member);
    }
    return from_words(words, value->getType());
}

/// 32-bit words of a value, in which lanes exchange data, and back.
Shuffles::Words Shuffles::to_words(llvm::Value* value) {
    const auto bits = static_cast<unsigned>(value->getType()->getPrimitiveSizeInBits());
    llvm::Type* const word = builder_.getInt32Ty();
    if (bits < 32 || bits % 32 != 0) {
        const unsigned whole = (bits + 31) / 32 * 32;
        llvm::Value* const plain = builder_.CreateBitCast(value, builder_.getIntNTy(bits));
        return to_words(builder_.CreateZExt(plain, builder_.getIntNTy(whole)));
    }
    if (bits == 32) return {builder_.CreateBitCast(value, word)};
    llvm::Value* const vector = builder_.CreateBitCast(value, llvm::FixedVectorType::get(word, bits / 32));
    Words result;
    for (unsigned n = 0; n < bits / 32; ++n)
        result.push_back(builder_.CreateExtractElement(vector, std::uint64_t{n}));
    return result;
}

llvm::Value* Shuffles::from_words(const Words& words, llvm::Type* type) {
    const auto bits = static_cast<unsigned>(type->getPrimitiveSizeInBits());
    llvm::Type* const word = builder_.getInt32Ty();
    llvm::Value* whole = words[0];
    if (words.size() > 1) {
        whole = llvm::PoisonValue::get(llvm::FixedVectorType::get(word, static_cast<unsigned>(words.size())));
        for (std::size_t n = 0; n < words.size(); ++n)
            whole = builder_.CreateInsertElement(whole, words[n], std::uint64_t{n});
    }
    const auto width = static_cast<unsigned>(32 * words.size());
    if (width == bits) return builder_.CreateBitCast(whole, type);
    llvm::Value* const plain = builder_.CreateBitCast(whole, builder_.getIntNTy(width));
    return builder_.CreateBitCast(builder_.CreateTrunc(plain, builder_.getIntNTy(bits)), type);
}

llvm::Value* Shuffles::moved(llvm::Value* word, const LaneMove& move) {
    llvm::Type* const type = builder_.getInt32Ty();
    llvm::Value* const nothing = llvm::PoisonValue::get(type);
    llvm::Value* const control = builder_.getInt32(static_cast<std::uint32_t>(move.control));
    // LLVM 19 would take a permutation into a branch if only that wants it, where lanes that give something
    // are not active. What has side effects, be it nothing, stays where it is, and what it takes before it.
    const auto permute = [&](ID which) {
        llvm::Value* const upper = builder_.getInt32(static_cast<std::uint32_t>(move.control >> 32));
        llvm::Value* const permuted = builder_.CreateIntrinsic(
            which, {type}, {nothing, word, control, upper, builder_.getFalse(), builder_.getTrue()});
        llvm::FunctionType* const same = llvm::FunctionType::get(type, {type}, false);
        return builder_.CreateCall(llvm::InlineAsm::get(same, "", "=v,0", true), {permuted});
    };
    switch (move.kind) {
        case LaneMove::Kind::read_lane:
            return builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_readlane, {type}, {word, control});
        case LaneMove::Kind::row_permute:
            return permute(llvm::Intrinsic::amdgcn_permlane16);
        case LaneMove::Kind::cross_permute:
            return permute(llvm::Intrinsic::amdgcn_permlanex16);
        case LaneMove::Kind::swizzle:
            return builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_ds_swizzle, {}, {word, control});
        case LaneMove::Kind::data_parallel:
            break;
    }
    // All rows and banks; lanes without a source, of which nobody takes the result, become 0: so LLVM can
    // make the move a part of the instruction that uses it.
    llvm::Value* const all = builder_.getInt32(15);
    return builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_update_dpp, {type},
                                    {nothing, word, control, all, all, builder_.getTrue()});
}

/// From another lane of the wave: the byte address of the lane wraps around at the wave's size.
llvm::Value* Shuffles::permuted(llvm::Value* word, llvm::Value* member) {
    llvm::Value* const address = builder_.CreateShl(member, builder_.getInt32(2));
    return builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_ds_bpermute, {}, {address, word});
}

/// Through LDS, so many words at a time: lowerings leave room for 8 bytes of each member. What lies there
/// stays until another value is exchanged, so that several members' values are taken from one exchange.
Shuffles::Words Shuffles::exchanged(llvm::Value* value, const Words& words, llvm::Value* member) {
    constexpr std::size_t together = 2;
    llvm::Type* const type = builder_.getInt32Ty();
    while (exchange_.size() < std::min(words.size(), together))
        exchange_.push_back(shared_array(module_, type, kernel_.members, "exchange"));
    const bool is_there = held_ == value && held_in_ == builder_.GetInsertBlock();
    Words result;
    for (std::size_t first = 0; first < words.size(); first += together) {
        const std::size_t count = std::min(words.size() - first, together);
        if (!is_there) {
            emit_barrier(builder_);  // nobody is still reading
            llvm::Value* const own = builder_.CreateTrunc(member_id_(), type);
            for (std::size_t n = 0; n < count; ++n)
                builder_.CreateStore(words[first + n], builder_.CreateGEP(type, exchange_[n], own));
            emit_barrier(builder_);
        }
        for (std::size_t n = 0; n < count; ++n)
            result.push_back(builder_.CreateLoad(type, builder_.CreateGEP(type, exchange_[n], member)));
    }
    held_ = words.size() <= together ? value : nullptr;
    held_in_ = builder_.GetInsertBlock();
    return result;
}

}  // namespace sporkle::amdgpu
