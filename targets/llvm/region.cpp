#include "targets/llvm/region.hpp"

#include <algorithm>
#include <array>

#include <llvm/IR/MDBuilder.h>

#include <sporkle/error.hpp>

#include "targets/llvm/arithmetic.hpp"
#include "targets/llvm/types.hpp"

namespace sporkle::llvm_ir {

using tile::Op;

namespace {

/// Instructions of a region, inner regions included.
int size_of_region(const tile::Region& region) {
    int size = 0;
    for (const tile::Instruction& instruction : region.body) {
        size += 1;
        for (const tile::Region& inner : instruction.regions) size += size_of_region(inner);
    }
    return size;
}

int unroll_of(const tile::Instruction& loop, const Traits& traits);

/// Masked accesses of a region, copies in unrolled loops included.
int masked_accesses(const tile::Region& region, const Traits& traits) {
    int accesses = 0;
    for (const tile::Instruction& instruction : region.body) {
        accesses += instruction.masked ? 1 : 0;
        const int copies = instruction.op == Op::for_ ? std::max(unroll_of(instruction, traits), 1) : 1;
        for (const tile::Region& inner : instruction.regions)
            accesses += copies * masked_accesses(inner, traits);
    }
    return accesses;
}

/// Copies of a loop's body to ask for. Bodies that legalisation has made long gain nothing from more copies.
int unroll_of(const tile::Instruction& loop, const Traits& traits) {
    constexpr int longest = 768;
    if (loop.unroll <= 1) return loop.unroll;
    int most = longest / size_of_region(loop.regions[0]);
    const int masks = traits.most_masks > 0 ? masked_accesses(loop.regions[0], traits) : 0;
    if (masks > 0) most = std::min(most, traits.most_masks / masks);
    return std::clamp(most, 1, loop.unroll);
}

/// Trips of an innermost loop of a few constant steps, without masks, that nobody says anything of: where a
/// vector is several registers, LLVM takes such loops for longer than they are worth, and their counters
/// stay. Else 0.
int short_trips(const tile::Instruction& loop, llvm::Value* low, llvm::Value* high, llvm::Value* step,
                const Traits& traits) {
    constexpr std::int64_t most_trips = 16, longest = 768;
    const auto* const from = llvm::dyn_cast<llvm::ConstantInt>(low);
    const auto* const to = llvm::dyn_cast<llvm::ConstantInt>(high);
    const auto* const by = llvm::dyn_cast<llvm::ConstantInt>(step);
    const tile::Region& body = loop.regions[0];
    if (traits.has_vector_registers || loop.unroll != 0 || from == nullptr || to == nullptr ||
        by == nullptr || masked_accesses(body, traits) > 0 ||
        std::any_of(body.body.begin(), body.body.end(), [](const auto& x) { return !x.regions.empty(); }))
        return 0;
    const std::int64_t trips = (to->getSExtValue() - from->getSExtValue() + by->getSExtValue() - 1) /
                               std::max<std::int64_t>(by->getSExtValue(), 1);
    return trips > 1 && trips <= most_trips && trips * size_of_region(body) <= longest
               ? static_cast<int>(trips)
               : 0;
}

}  // namespace

RegionTranslator::Values RegionTranslator::values(const std::vector<tile::Value>& ids) const {
    Values found;
    for (const tile::Value v : ids) found.push_back(values_[v.id]);
    return found;
}

RegionTranslator::Values RegionTranslator::emit_region(const tile::Region& region) {
    for (const tile::Instruction& instruction : region.body) {
        if (instruction.op == Op::yield) return values(instruction.operands);
        emit(instruction);
    }
    throw Error(ErrorCode::invalid_program,
                "LLVM IR: kernel '" + kernel_.name + "' has a region without yield");
}

void RegionTranslator::emit(const tile::Instruction& instruction) {
    const Values operands = values(instruction.operands);
    if (instruction.op == Op::for_) {
        before_loop();
        return emit_for(instruction, operands);
    }
    if (instruction.op == Op::if_) return emit_if(instruction, operands[0]);
    if (emit_own(instruction, operands)) return;
    const tile::Type type = kernel_.type_of(instruction.results[0]);
    if (instruction.op == Op::constant)
        return set(instruction, constant_of(context_, type, instruction.bits));
    const tile::Type operand_type =
        instruction.operands.empty() ? type : kernel_.type_of(instruction.operands[0]);
    set(instruction, emit_pure(builder_, traits_, instruction, type, operand_type, operands));
}

/// A rotated loop: the bounds are tested before the first iteration and after each.
void RegionTranslator::emit_for(const tile::Instruction& instruction, const Values& operands) {
    const tile::Region& region = instruction.regions[0];
    llvm::Value *const low = operands[0], *const high = operands[1], *const step = operands[2];
    llvm::BasicBlock* const before = builder_.GetInsertBlock();
    llvm::BasicBlock* const loop = new_block("for");
    llvm::BasicBlock* const after = new_block("for.done");
    builder_.CreateCondBr(builder_.CreateICmpSLT(low, high), loop, after);

    builder_.SetInsertPoint(loop);
    std::vector<llvm::PHINode*> inside;
    for (std::size_t p = 0; p < region.parameters.size(); ++p) {
        llvm::Value* const initial = p == 0 ? low : operands[p + 2];
        inside.push_back(builder_.CreatePHI(initial->getType(), 2));
        inside.back()->addIncoming(initial, before);
        values_[region.parameters[p].id] = inside.back();
    }
    const Values yielded = emit_region(region);
    llvm::BasicBlock* const latch = builder_.GetInsertBlock();
    // Bounds lie in memory-sized ranges, far from the ends of i64.
    llvm::Value* const next = builder_.CreateNSWAdd(inside[0], step);
    inside[0]->addIncoming(next, latch);
    for (std::size_t r = 0; r < yielded.size(); ++r) inside[r + 1]->addIncoming(yielded[r], latch);
    const int trips = short_trips(instruction, low, high, step, traits_);
    set_unroll(builder_.CreateCondBr(builder_.CreateICmpSLT(next, high), loop, after),
               trips > 0 ? trips : unroll_of(instruction, traits_));

    builder_.SetInsertPoint(after);
    for (std::size_t r = 0; r < yielded.size(); ++r) {
        llvm::PHINode* const result = builder_.CreatePHI(yielded[r]->getType(), 2);
        result->addIncoming(operands[r + 3], before);
        result->addIncoming(yielded[r], latch);
        values_[instruction.results[r].id] = result;
    }
}

void RegionTranslator::emit_if(const tile::Instruction& instruction, llvm::Value* condition) {
    llvm::BasicBlock* const then = new_block("then");
    llvm::BasicBlock* const otherwise = new_block("else");
    llvm::BasicBlock* const after = new_block("if.done");
    builder_.CreateCondBr(condition, then, otherwise);
    std::array<Values, 2> yielded;
    std::array<llvm::BasicBlock*, 2> ends{then, otherwise};
    for (std::size_t side = 0; side < 2; ++side) {
        builder_.SetInsertPoint(ends[side]);
        yielded[side] = emit_region(instruction.regions[side]);
        ends[side] = builder_.GetInsertBlock();
        builder_.CreateBr(after);
    }
    builder_.SetInsertPoint(after);
    for (std::size_t r = 0; r < instruction.results.size(); ++r) {
        llvm::PHINode* const result = builder_.CreatePHI(yielded[0][r]->getType(), 2);
        for (std::size_t side = 0; side < 2; ++side) result->addIncoming(yielded[side][r], ends[side]);
        values_[instruction.results[r].id] = result;
    }
}

void RegionTranslator::set_unroll(llvm::Instruction* branch, int unroll) {
    if (unroll == 0) return;
    std::vector<llvm::Metadata*> wish;
    if (unroll == 1) {
        wish = {llvm::MDString::get(context_, "llvm.loop.unroll.disable")};
    } else {
        llvm::Constant* const copies = builder_.getInt32(static_cast<unsigned>(unroll));
        wish = {llvm::MDString::get(context_, "llvm.loop.unroll.count"),
                llvm::ConstantAsMetadata::get(copies)};
    }
    llvm::MDNode* const loop =
        llvm::MDNode::getDistinct(context_, {nullptr, llvm::MDNode::get(context_, wish)});
    loop->replaceOperandWith(0, loop);
    branch->setMetadata(llvm::LLVMContext::MD_loop, loop);
}

}  // namespace sporkle::llvm_ir
