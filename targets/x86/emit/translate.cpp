#include "targets/x86/emit/translate.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/MDBuilder.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/x86/emit/arithmetic.hpp"
#include "targets/x86/emit/memory.hpp"
#include "targets/x86/emit/types.hpp"

namespace sporkle::x86 {
namespace {

using tile::Op;

/// The function's arguments, in the order of bundle::EntryPoint.
enum Argument : unsigned { parameters, task_scratch, first_task, last_task, grid };

/// Dimensions of the grid that the kernel asks for: the highest plus one.
int grid_dimensions(const tile::Region& region) {
    int dimensions = 0;
    for (const tile::Instruction& instruction : region.body) {
        if (instruction.op == Op::grid_id)
            dimensions = std::max(dimensions, static_cast<int>(instruction.imm) + 1);
        for (const tile::Region& inner : instruction.regions)
            dimensions = std::max(dimensions, grid_dimensions(inner));
    }
    return dimensions;
}

/// Instructions of a region, inner regions included.
int size_of_region(const tile::Region& region) {
    int size = 0;
    for (const tile::Instruction& instruction : region.body) {
        size += 1;
        for (const tile::Region& inner : instruction.regions) size += size_of_region(inner);
    }
    return size;
}

/// Copies of a loop's body to ask for. Bodies that legalisation has made long gain nothing from more copies.
int unroll_of(const tile::Instruction& loop) {
    constexpr int longest = 768;
    if (loop.unroll <= 1) return loop.unroll;
    return std::clamp(longest / size_of_region(loop.regions[0]), 1, loop.unroll);
}

class Translator {
  public:
    Translator(llvm::Module& module, const Level& level, const tile::Kernel& kernel,
               const std::string& symbol, int first_scratch_word)
        : context_(module.getContext()),
          level_(level),
          kernel_(kernel),
          scopes_(context_, kernel, first_scratch_word),
          builder_(context_),
          entry_builder_(context_),
          values_(kernel.types.size(), nullptr) {
        llvm::Type* const pointer = builder_.getPtrTy();
        llvm::Type* const number = builder_.getInt64Ty();
        auto* const type =
            llvm::FunctionType::get(builder_.getVoidTy(), {pointer, pointer, number, number, pointer}, false);
        function_ = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol, module);
        set_attributes();
    }

    llvm::Function* run() {
        llvm::BasicBlock* const entry = new_block("entry");
        llvm::BasicBlock* const start = new_block("start");
        llvm::BasicBlock* const exit = new_block("exit");
        builder_.SetInsertPoint(entry);
        builder_.CreateCondBr(builder_.CreateICmpSLT(argument(first_task), argument(last_task)), start, exit);
        entry_builder_.SetInsertPoint(entry->getTerminator());
        memory_.emplace(builder_, level_, kernel_, scopes_, buffer_bases());

        builder_.SetInsertPoint(start);
        task_loop(exit);
        builder_.SetInsertPoint(exit);
        builder_.CreateRetVoid();
        return function_;
    }

  private:
    llvm::Value* argument(Argument number) { return function_->getArg(number); }
    llvm::BasicBlock* new_block(const char* name) {
        return llvm::BasicBlock::Create(context_, name, function_);
    }
    llvm::Value* value(tile::Value v) const { return values_[v.id]; }
    std::vector<llvm::Value*> values(const std::vector<tile::Value>& ids) const {
        std::vector<llvm::Value*> found;
        for (tile::Value v : ids) found.push_back(value(v));
        return found;
    }

    void set_attributes() {
        using llvm::Attribute;
        function_->setAlignment(llvm::Align(64));
        function_->setDSOLocal(true);
        for (auto kind : {Attribute::NoUnwind, Attribute::NoFree, Attribute::NoRecurse, Attribute::NoCallback,
                          Attribute::NoSync})
            function_->addFnAttr(kind);
        const std::string vector_bits = std::to_string(level_.machine.vector_bits);
        function_->addFnAttr("no-builtins");
        function_->addFnAttr("target-cpu", level_.machine.architecture);
        function_->addFnAttr("prefer-vector-width", vector_bits);
        function_->addFnAttr("min-legal-vector-width", vector_bits);
        const auto bytes = [](std::uint64_t words) { return 8 * words; };
        const auto add = [&](Argument number, llvm::Attribute attribute) {
            function_->addParamAttr(number, attribute);
        };
        for (Argument pointer : {parameters, task_scratch, grid}) {
            add(pointer, Attribute::get(context_, Attribute::NoAlias));
            add(pointer, Attribute::get(context_, Attribute::NoCapture));
        }
        for (Argument pointer : {parameters, grid}) {
            add(pointer, Attribute::get(context_, Attribute::ReadOnly));
            add(pointer, Attribute::getWithAlignment(context_, llvm::Align(8)));
        }
        add(task_scratch, Attribute::getWithAlignment(context_, llvm::Align(64)));
        add(grid, Attribute::getWithDereferenceableBytes(context_, bytes(3)));
        if (kernel_.parameter_words > 0)
            add(parameters, Attribute::getWithDereferenceableBytes(
                                context_, bytes(static_cast<std::uint64_t>(kernel_.parameter_words))));
    }

    /// A word of the parameter block or the grid, read once in the entry block.
    llvm::Value* read_word(Argument array, std::int64_t word, llvm::Type* type) {
        llvm::Value* const place = entry_builder_.CreateConstInBoundsGEP1_64(
            builder_.getInt64Ty(), argument(array), static_cast<std::uint64_t>(word));
        llvm::LoadInst* const load = entry_builder_.CreateAlignedLoad(type, place, llvm::Align(8));
        load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
        return load;
    }

    std::vector<llvm::Value*> buffer_bases() {
        std::vector<llvm::Value*> bases;
        std::int64_t frame_bytes = 0;
        for (const tile::Buffer& buffer : kernel_.buffers) {
            switch (buffer.space) {
                case tile::Space::global:
                    bases.push_back(read_word(parameters, buffer.word, builder_.getPtrTy()));
                    break;
                case tile::Space::task:
                    bases.push_back(
                        entry_builder_.CreateGEP(builder_.getInt8Ty(), argument(task_scratch),
                                                 read_word(parameters, buffer.word, builder_.getInt64Ty())));
                    break;
                case tile::Space::shared:  // a task is one thread
                case tile::Space::private_:
                    frame_bytes += buffer.size * size_of(buffer.dtype);
                    bases.push_back(frame_array(buffer));
                    break;
            }
        }
        if (frame_bytes > largest_frame_bytes)
            throw Error(ErrorCode::unsupported,
                        "x86: kernel '" + kernel_.name + "' keeps " + std::to_string(frame_bytes) +
                            " bytes in private buffers; at most " + std::to_string(largest_frame_bytes) +
                            " fit on the stack, larger ones belong in task scratch");
        return bases;
    }

    llvm::Value* frame_array(const tile::Buffer& buffer) {
        llvm::Type* const element = memory_type(context_, {buffer.dtype, 1});
        llvm::Type* const array = llvm::ArrayType::get(element, static_cast<std::uint64_t>(buffer.size));
        llvm::AllocaInst* const place = entry_builder_.CreateAlloca(array, nullptr, buffer.name);
        place->setAlignment(llvm::Align(64));
        return place;
    }

    /// for (task = first; task < last; ++task), with the grid ids counted along as digits of the task number.
    void task_loop(llvm::BasicBlock* exit) {
        const int dimensions = grid_dimensions(kernel_.body);
        std::array<llvm::Value*, 3> sizes{}, first_ids{};
        for (int d = 0; d < dimensions; ++d)
            sizes[static_cast<std::size_t>(d)] = read_word(grid, d, builder_.getInt64Ty());
        if (dimensions > 0) first_ids = ids_of_first_task(dimensions, sizes);

        llvm::BasicBlock* const before = builder_.GetInsertBlock();
        llvm::BasicBlock* const loop = new_block("task");
        builder_.CreateBr(loop);
        builder_.SetInsertPoint(loop);
        llvm::PHINode* const task = builder_.CreatePHI(builder_.getInt64Ty(), 2, "task");
        task->addIncoming(argument(first_task), before);
        std::array<llvm::PHINode*, 3> ids{};
        for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d) {
            ids[d] = builder_.CreatePHI(builder_.getInt64Ty(), 2, "grid");
            ids[d]->addIncoming(first_ids[d], before);
            grid_ids_[d] = ids[d];
        }

        emit_region(kernel_.body);

        llvm::Value* const next = builder_.CreateNSWAdd(task, builder_.getInt64(1));
        llvm::Value* carry = builder_.getTrue();
        for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d) {
            llvm::Value* const raised =
                builder_.CreateAdd(ids[d], builder_.CreateZExt(carry, builder_.getInt64Ty()));
            carry = builder_.CreateICmpEQ(raised, sizes[d]);
            ids[d]->addIncoming(builder_.CreateSelect(carry, builder_.getInt64(0), raised),
                                builder_.GetInsertBlock());
        }
        task->addIncoming(next, builder_.GetInsertBlock());
        llvm::Instruction* const branch =
            builder_.CreateCondBr(builder_.CreateICmpSLT(next, argument(last_task)), loop, exit);
        set_unroll(branch, 1);
    }

    /// Divisions are slow, and most calls begin with task 0.
    std::array<llvm::Value*, 3> ids_of_first_task(int dimensions, const std::array<llvm::Value*, 3>& sizes) {
        llvm::BasicBlock* const before = builder_.GetInsertBlock();
        llvm::BasicBlock* const divide = new_block("divide");
        llvm::BasicBlock* const after = new_block("ids");
        llvm::Value* const zero = builder_.getInt64(0);
        builder_.CreateCondBr(builder_.CreateICmpEQ(argument(first_task), zero), after, divide);
        builder_.SetInsertPoint(divide);
        std::array<llvm::Value*, 3> ids{};
        llvm::Value* rest = argument(first_task);
        for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d) {
            ids[d] = builder_.CreateURem(rest, sizes[d]);
            rest = builder_.CreateUDiv(rest, sizes[d]);
        }
        builder_.CreateBr(after);
        builder_.SetInsertPoint(after);
        for (std::size_t d = 0; d < static_cast<std::size_t>(dimensions); ++d) {
            llvm::PHINode* const id = builder_.CreatePHI(builder_.getInt64Ty(), 2);
            id->addIncoming(zero, before);
            id->addIncoming(ids[d], divide);
            ids[d] = id;
        }
        return ids;
    }

    /// Emits a region and returns what it yields.
    std::vector<llvm::Value*> emit_region(const tile::Region& region) {
        for (const tile::Instruction& instruction : region.body) {
            if (instruction.op == Op::yield) return values(instruction.operands);
            emit(instruction);
        }
        throw Error(ErrorCode::invalid_program,
                    "x86: kernel '" + kernel_.name + "' has a region without yield");
    }

    void emit(const tile::Instruction& instruction) {
        const std::vector<llvm::Value*> operands = values(instruction.operands);
        switch (instruction.op) {
            case Op::for_:
                return emit_for(instruction, operands);
            case Op::if_:
                return emit_if(instruction, operands[0]);
            case Op::store:
            case Op::store_strided:
            case Op::scatter:
                return memory_->store(instruction, kernel_.type_of(instruction.operands[0]), operands);
            case Op::prefetch:
                return memory_->prefetch(instruction, operands[0]);
            case Op::fence:
                builder_.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {}, {});
                return;
            case Op::barrier:  // a task has one member
                return;
            default:
                values_[instruction.results[0].id] = emit_value(instruction, operands);
        }
    }

    llvm::Value* emit_value(const tile::Instruction& instruction, std::span<llvm::Value* const> operands) {
        const tile::Type type = kernel_.type_of(instruction.results[0]);
        switch (instruction.op) {
            case Op::constant:
                return constant_of(context_, type, instruction.bits);
            case Op::parameter: {
                llvm::Value* const word = read_word(parameters, instruction.imm, memory_type(context_, type));
                return from_memory(entry_builder_, word, type);
            }
            case Op::grid_id:
                return grid_ids_[static_cast<std::size_t>(instruction.imm)];
            case Op::member_id:
                return builder_.getInt64(0);
            case Op::shuffle:
                return operands[0];
            case Op::load:
            case Op::load_strided:
            case Op::gather:
                return memory_->load(instruction, type, operands);
            default:
                break;
        }
        const tile::Type operand_type =
            instruction.operands.empty() ? type : kernel_.type_of(instruction.operands[0]);
        return emit_pure(builder_, level_, instruction, type, operand_type, operands);
    }

    /// A rotated loop: the bounds are tested before the first iteration and after each.
    void emit_for(const tile::Instruction& instruction, const std::vector<llvm::Value*>& operands) {
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
        const std::vector<llvm::Value*> yielded = emit_region(region);
        llvm::BasicBlock* const latch = builder_.GetInsertBlock();
        // Bounds lie in memory-sized ranges, far from the ends of i64.
        llvm::Value* const next = builder_.CreateNSWAdd(inside[0], step);
        inside[0]->addIncoming(next, latch);
        for (std::size_t r = 0; r < yielded.size(); ++r) inside[r + 1]->addIncoming(yielded[r], latch);
        set_unroll(builder_.CreateCondBr(builder_.CreateICmpSLT(next, high), loop, after),
                   unroll_of(instruction));

        builder_.SetInsertPoint(after);
        for (std::size_t r = 0; r < yielded.size(); ++r) {
            llvm::PHINode* const result = builder_.CreatePHI(yielded[r]->getType(), 2);
            result->addIncoming(operands[r + 3], before);
            result->addIncoming(yielded[r], latch);
            values_[instruction.results[r].id] = result;
        }
    }

    void emit_if(const tile::Instruction& instruction, llvm::Value* condition) {
        llvm::BasicBlock* const then = new_block("then");
        llvm::BasicBlock* const otherwise = new_block("else");
        llvm::BasicBlock* const after = new_block("if.done");
        builder_.CreateCondBr(condition, then, otherwise);
        std::array<std::vector<llvm::Value*>, 2> yielded;
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

    /// 0 leaves unrolling to LLVM, 1 forbids it, n > 1 asks for n copies.
    void set_unroll(llvm::Instruction* branch, int unroll) {
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

    llvm::LLVMContext& context_;
    const Level& level_;
    const tile::Kernel& kernel_;
    AliasScopes scopes_;
    llvm::IRBuilder<> builder_;
    llvm::IRBuilder<> entry_builder_;  ///< always before the entry block's branch
    llvm::Function* function_ = nullptr;
    std::optional<Memory> memory_;
    std::array<llvm::Value*, 3> grid_ids_{};
    std::vector<llvm::Value*> values_;  ///< by the id of the Tile IR value
};

}  // namespace

llvm::Function* translate(llvm::Module& module, const Level& level, const tile::Kernel& kernel,
                          const std::string& symbol, int first_scratch_word) {
    if (kernel.members != 1 || kernel.threads != 1)
        throw Error(ErrorCode::unsupported, "x86: kernel '" + kernel.name + "' wants " +
                                                std::to_string(kernel.members) + " members of " +
                                                std::to_string(kernel.threads) +
                                                " threads for a task, which one thread runs here");
    return Translator(module, level, kernel, symbol, first_scratch_word).run();
}

}  // namespace sporkle::x86
