#include "targets/x86/emit/masked.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <llvm/IR/Constants.h>

#include "targets/llvm/types.hpp"

namespace sporkle::x86 {
using llvm_ir::lanes_of;

namespace {

constexpr int bits_per_word = 64;

llvm::BasicBlock* new_block(llvm::IRBuilderBase& builder, const char* name) {
    return llvm::BasicBlock::Create(builder.getContext(), name, builder.GetInsertBlock()->getParent());
}

/// Up to 64 lanes of a mask as an i64, lane l in bit l.
llvm::Value* word_of(llvm::IRBuilderBase& builder, llvm::Value* mask, int first, int lanes) {
    std::vector<int> picked(static_cast<std::size_t>(lanes));
    std::iota(picked.begin(), picked.end(), first);
    llvm::Value* const piece =
        lanes == lanes_of(mask->getType()) ? mask : builder.CreateShuffleVector(mask, picked);
    llvm::Value* const bits = builder.CreateBitCast(piece, builder.getIntNTy(static_cast<unsigned>(lanes)));
    return builder.CreateZExt(bits, builder.getInt64Ty());
}

}  // namespace

void for_each_set_lane(llvm::IRBuilderBase& builder, llvm::Value* mask,
                       const std::function<void(llvm::Value* lane)>& body) {
    const int lanes = lanes_of(mask->getType());
    for (int first = 0; first < lanes; first += bits_per_word) {
        llvm::Value* const word = word_of(builder, mask, first, std::min(lanes - first, bits_per_word));
        llvm::Value* const zero = builder.getInt64(0);
        llvm::BasicBlock* const before = builder.GetInsertBlock();
        llvm::BasicBlock* const loop = new_block(builder, "lane");
        llvm::BasicBlock* const after = new_block(builder, "lanes.done");
        builder.CreateCondBr(builder.CreateICmpNE(word, zero), loop, after);

        builder.SetInsertPoint(loop);
        llvm::PHINode* const rest = builder.CreatePHI(builder.getInt64Ty(), 2, "lanes");
        llvm::Value* const lane =
            builder.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, rest, builder.getTrue());
        body(builder.CreateAdd(lane, builder.getInt64(static_cast<std::uint64_t>(first))));
        llvm::Value* const next = builder.CreateAnd(rest, builder.CreateSub(rest, builder.getInt64(1)));
        rest->addIncoming(word, before);
        rest->addIncoming(next, builder.GetInsertBlock());
        builder.CreateCondBr(builder.CreateICmpNE(next, zero), loop, after);
        builder.SetInsertPoint(after);
    }
}

void emit_branch(llvm::IRBuilderBase& builder, llvm::Value* condition, const std::function<void()>& then,
                 const std::function<void()>& otherwise) {
    llvm::BasicBlock* const yes = new_block(builder, "then");
    llvm::BasicBlock* const no = new_block(builder, "else");
    llvm::BasicBlock* const after = new_block(builder, "after");
    builder.CreateCondBr(condition, yes, no);
    builder.SetInsertPoint(yes);
    then();
    builder.CreateBr(after);
    builder.SetInsertPoint(no);
    otherwise();
    builder.CreateBr(after);
    builder.SetInsertPoint(after);
}

llvm::Value* all_lanes(llvm::IRBuilderBase& builder, llvm::Value* mask) {
    return mask->getType()->isVectorTy() ? builder.CreateAndReduce(mask) : mask;
}

LaneArray::LaneArray(llvm::IRBuilderBase& builder, llvm::Type* vector) : vector_(vector) {
    // In the entry block, so that it is part of the frame and not allocated anew by every iteration.
    llvm::BasicBlock& entry = builder.GetInsertBlock()->getParent()->getEntryBlock();
    llvm::IRBuilder<> at_entry(&entry, entry.begin());
    memory_ = at_entry.CreateAlloca(vector, nullptr, "lanes");
    memory_->setAlignment(llvm::Align(64));
}

llvm::Value* LaneArray::read(llvm::IRBuilderBase& builder) const {
    return builder.CreateAlignedLoad(vector_, memory_, llvm::Align(64));
}

void LaneArray::write(llvm::IRBuilderBase& builder, llvm::Value* vector) const {
    builder.CreateAlignedStore(vector, memory_, llvm::Align(64));
}

llvm::Value* LaneArray::place(llvm::IRBuilderBase& builder, llvm::Value* lane) const {
    return builder.CreateGEP(element(), memory_, lane);
}

}  // namespace sporkle::x86
