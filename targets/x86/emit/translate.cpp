#include "targets/x86/emit/translate.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <sporkle/error.hpp>

#include "targets/llvm/region.hpp"
#include "targets/llvm/types.hpp"
#include "targets/x86/emit/memory.hpp"

namespace sporkle::x86 {
namespace {

using llvm_ir::from_memory;
using llvm_ir::memory_type;
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

class Translator final : llvm_ir::RegionTranslator {
  public:
    Translator(llvm::Module& module, const Level& level, const tile::Kernel& kernel,
               const std::string& symbol, int first_scratch_word)
        : RegionTranslator(
              module.getContext(),
              {.architecture = level.machine.architecture, .has_half_conversions = level.has_f16c}, kernel),
          level_(level),
          scopes_(context_, kernel, first_scratch_word),
          entry_builder_(context_) {
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

    bool emit_own(const tile::Instruction& instruction, const Values& operands) override {
        switch (instruction.op) {
            case Op::store:
            case Op::store_strided:
            case Op::scatter:
                memory_->store(instruction, kernel_.type_of(instruction.operands[0]), operands);
                return true;
            case Op::prefetch:
                memory_->prefetch(instruction, operands[0]);
                return true;
            case Op::fence:
                builder_.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {}, {});
                return true;
            case Op::barrier:  // a task has one member
                return true;
            default:
                break;
        }
        llvm::Value* const value = own_value(instruction, operands);
        if (value != nullptr) set(instruction, value);
        return value != nullptr;
    }

    llvm::Value* own_value(const tile::Instruction& instruction, const Values& operands) {
        if (instruction.results.empty()) return nullptr;
        const tile::Type type = kernel_.type_of(instruction.results[0]);
        switch (instruction.op) {
            case Op::parameter: {
                llvm::Value* const word = read_word(parameters, instruction.imm, memory_type(context_, type));
                return from_memory(entry_builder_, word, type);
            }
            case Op::grid_id:
                return grid_ids_[static_cast<std::size_t>(instruction.imm)];
            case Op::member_id:
                return builder_.getInt64(0);
            case Op::flushes:
                return builder_.getFalse();
            case Op::shuffle:
                return operands[0];
            case Op::load:
            case Op::load_strided:
            case Op::gather:
                return memory_->load(instruction, type, operands);
            default:
                return nullptr;
        }
    }

    const Level& level_;
    AliasScopes scopes_;
    llvm::IRBuilder<> entry_builder_;  ///< always before the entry block's branch
    std::optional<Memory> memory_;
    std::array<llvm::Value*, 3> grid_ids_{};
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
