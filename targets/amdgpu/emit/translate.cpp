#include "targets/amdgpu/emit/translate.hpp"

#include <array>
#include <optional>
#include <vector>

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsAMDGPU.h>
#include <llvm/IR/MDBuilder.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/amdgpu/emit/matrix.hpp"
#include "targets/amdgpu/emit/memory.hpp"
#include "targets/amdgpu/emit/narrow_numbers.hpp"
#include "targets/amdgpu/emit/shuffle.hpp"
#include "targets/llvm/region.hpp"
#include "targets/llvm/types.hpp"

namespace sporkle::amdgpu {
namespace {

using llvm_ir::from_memory;
using llvm_ir::memory_type;
using tile::Op;

constexpr unsigned global_space = 1, constant_space = 4, private_space = 5;

/// The function's arguments, in the order of KernelArguments.
enum Argument : unsigned { words, arenas, arena_bytes, first_x, first_y, first_z, groups_x, groups_y };

class Translator final : llvm_ir::RegionTranslator {
  public:
    Translator(llvm::Module& module, const EmitChip& chip, const tile::Kernel& kernel,
               const std::string& symbol)
        : RegionTranslator(module.getContext(),
                           {.architecture = chip.machine.architecture,
                            .has_half_conversions = true,
                            .adds_zero_to_rounded_products = true,
                            .has_vector_registers = false,
                            .has_half_arithmetic = true,
                            .most_masks = 16},
                           kernel),
          module_(module),
          chip_(chip),
          entry_builder_(context_),
          shuffles_(module, builder_, chip, kernel, [this] { return member_id(); }),
          numbers_(kernel) {
        llvm::Type* const number = builder_.getInt64Ty();
        llvm::Type* const word = builder_.getInt32Ty();
        auto* const type = llvm::FunctionType::get(builder_.getVoidTy(),
                                                   {llvm::PointerType::get(context_, constant_space), number,
                                                    number, number, number, number, word, word},
                                                   false);
        function_ = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol, module);
        function_->setCallingConv(llvm::CallingConv::AMDGPU_KERNEL);
        set_attributes();
    }

    llvm::Function* run() {
        if (kernel_.threads != 1)
            throw Error(ErrorCode::invalid_program,
                        "amdgpu: kernel '" + kernel_.name + "' is not written for single threads");
        llvm::BasicBlock* const entry = new_block("entry");
        llvm::BasicBlock* const start = new_block("start");
        builder_.SetInsertPoint(entry);
        builder_.CreateBr(start);
        entry_builder_.SetInsertPoint(entry->getTerminator());
        memory_.emplace(builder_, buffer_bases());
        builder_.SetInsertPoint(start);
        emit_region(kernel_.body);
        builder_.CreateRetVoid();
        return function_;
    }

  private:
    llvm::Value* argument(Argument number) { return function_->getArg(number); }

    void set_attributes() {
        const std::string members = std::to_string(kernel_.members);
        function_->addFnAttr(llvm::Attribute::NoUnwind);
        function_->addFnAttr("target-cpu", chip_.machine.architecture);
        function_->addFnAttr("target-features", features_of(chip_));
        function_->addFnAttr("amdgpu-flat-work-group-size", members + "," + members);
        function_->addFnAttr("uniform-work-group-size", "true");
        // Subnormals are kept in all widths.
        function_->addFnAttr("denormal-fp-math", "ieee,ieee");
        // What a kernel asks the loader for and Sporkle's need not: they would take user SGPRs.
        for (const char* unused :
             {"amdgpu-no-dispatch-ptr", "amdgpu-no-queue-ptr", "amdgpu-no-dispatch-id",
              "amdgpu-no-implicitarg-ptr", "amdgpu-no-workitem-id-y", "amdgpu-no-workitem-id-z",
              "amdgpu-no-lds-kernel-id", "amdgpu-no-hostcall-ptr", "amdgpu-no-heap-ptr",
              "amdgpu-no-default-queue", "amdgpu-no-completion-action", "amdgpu-no-multigrid-sync-arg"})
            function_->addFnAttr(unused);
        function_->addParamAttr(words, llvm::Attribute::get(context_, llvm::Attribute::NoAlias));
        function_->addParamAttr(words, llvm::Attribute::get(context_, llvm::Attribute::ReadOnly));
        function_->addParamAttr(words, llvm::Attribute::getWithAlignment(context_, llvm::Align(8)));
    }

    /// A word of the parameter block, read once in the entry block.
    llvm::Value* read_word(std::int64_t word, llvm::Type* type) {
        llvm::Value* const place = entry_builder_.CreateConstInBoundsGEP1_64(
            builder_.getInt64Ty(), argument(words), static_cast<std::uint64_t>(word));
        llvm::LoadInst* const load = entry_builder_.CreateAlignedLoad(type, place, llvm::Align(8));
        load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
        return load;
    }

    llvm::Value* global_pointer(llvm::Value* address) {
        return entry_builder_.CreateIntToPtr(address, llvm::PointerType::get(context_, global_space));
    }

    std::vector<llvm::Value*> buffer_bases() {
        std::vector<llvm::Value*> bases;
        for (const tile::Buffer& buffer : kernel_.buffers) {
            switch (buffer.space) {
                case tile::Space::global:
                    bases.push_back(global_pointer(read_word(buffer.word, builder_.getInt64Ty())));
                    break;
                case tile::Space::task:
                    bases.push_back(global_pointer(
                        entry_builder_.CreateAdd(arena(), read_word(buffer.word, builder_.getInt64Ty()))));
                    break;
                case tile::Space::shared:
                    bases.push_back(shared_array(module_, memory_type(context_, {buffer.dtype, 1}),
                                                 buffer.size, buffer.name));
                    break;
                case tile::Space::private_: {
                    llvm::AllocaInst* const place = entry_builder_.CreateAlloca(
                        llvm::ArrayType::get(memory_type(context_, {buffer.dtype, 1}),
                                             static_cast<std::uint64_t>(buffer.size)),
                        private_space, nullptr, buffer.name);
                    place->setAlignment(llvm::Align(16));
                    bases.push_back(place);
                    break;
                }
            }
        }
        return bases;
    }

    llvm::Value* workgroup_id(int dimension) {
        static constexpr std::array<llvm::Intrinsic::ID, 3> ids{llvm::Intrinsic::amdgcn_workgroup_id_x,
                                                                llvm::Intrinsic::amdgcn_workgroup_id_y,
                                                                llvm::Intrinsic::amdgcn_workgroup_id_z};
        return entry_builder_.CreateIntrinsic(ids[static_cast<std::size_t>(dimension)], {}, {});
    }

    /// Address of the running workgroup's arena.
    llvm::Value* arena() {
        if (arena_ != nullptr) return arena_;
        llvm::Type* const number = builder_.getInt64Ty();
        const auto wide = [&](llvm::Value* v) { return entry_builder_.CreateZExt(v, number); };
        llvm::Value* group = wide(workgroup_id(2));
        group = entry_builder_.CreateAdd(entry_builder_.CreateMul(group, wide(argument(groups_y))),
                                         wide(workgroup_id(1)));
        group = entry_builder_.CreateAdd(entry_builder_.CreateMul(group, wide(argument(groups_x))),
                                         wide(workgroup_id(0)));
        return arena_ = entry_builder_.CreateAdd(argument(arenas),
                                                 entry_builder_.CreateMul(group, argument(arena_bytes)));
    }

    llvm::Value* member_id() {
        if (member_ == nullptr) {
            auto* const id = entry_builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_workitem_id_x, {}, {});
            llvm::MDBuilder metadata(context_);
            llvm::cast<llvm::Instruction>(id)->setMetadata(
                llvm::LLVMContext::MD_range,
                metadata.createRange(llvm::APInt(32, 0),
                                     llvm::APInt(32, static_cast<std::uint64_t>(kernel_.members))));
            member_ = entry_builder_.CreateZExt(id, builder_.getInt64Ty());
        }
        return member_;
    }

    /// member_id / shuffle_width is the same in all lanes of a wave: told to LLVM, what depends on it stays
    /// in scalar registers.
    bool is_group_number(const tile::Instruction& instruction) const {
        return instruction.op == Op::shr_logical && kernel_.shuffle_width % chip_.wave_size == 0 &&
               is_member_id(instruction.operands[0]) && shift_of(instruction.operands[1]) > 0 &&
               (std::int64_t{1} << shift_of(instruction.operands[1])) % chip_.wave_size == 0;
    }
    bool is_member_id(tile::Value v) const { return v.id == member_value_; }
    std::int64_t shift_of(tile::Value v) const {
        for (const tile::Instruction& i : kernel_.body.body)
            if (i.op == Op::constant && i.results[0] == v) return static_cast<std::int64_t>(i.bits);
        return -1;
    }

    Matrices& matrices() {
        if (!matrices_) {
            const auto last = static_cast<std::uint64_t>(chip_.wave_size - 1);
            matrices_.emplace(builder_, chip_, kernel_, *memory_,
                              entry_builder_.CreateAnd(member_id(), builder_.getInt64(last)));
        }
        return *matrices_;
    }

    /// What a lowering loads ahead of a loop, or of products of matrices, is meant to be on its way
    /// meanwhile. LLVM's scheduler would move the loads to where they are used, to save registers.
    void before_loop() override { keep_loads_ahead(); }

    void keep_loads_ahead() {
        if (!loads_ahead_) return;
        builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_sched_barrier, {}, {builder_.getInt32(0)});
        loads_ahead_ = false;
    }

    /// The product, and sum, of factors of 24 bits at most; null where they may be longer.
    llvm::Value* narrow_product(const tile::Instruction& instruction, const Values& operands) {
        const DType type = kernel_.type_of(instruction.results[0]).scalar;
        if (type != DType::i32 && type != DType::u32) return nullptr;
        if (!numbers_.fits(instruction.operands[0]) || !numbers_.fits(instruction.operands[1]))
            return nullptr;
        llvm::Type* const word = builder_.getInt32Ty();
        const auto product = [&](llvm::Value* a, llvm::Value* b) {
            return builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_mul_i24, {word}, {a, b});
        };
        llvm::Value *const left = operands[0], *const right = operands[1];
        llvm::Value* result = nullptr;
        if (!left->getType()->isVectorTy()) {
            result = product(left, right);
        } else {
            result = llvm::PoisonValue::get(left->getType());
            for (int n = 0; n < llvm_ir::lanes_of(left->getType()); ++n) {
                const auto lane = static_cast<std::uint64_t>(n);
                result = builder_.CreateInsertElement(result,
                                                      product(builder_.CreateExtractElement(left, lane),
                                                              builder_.CreateExtractElement(right, lane)),
                                                      lane);
            }
        }
        return instruction.op == Op::mul ? result : builder_.CreateAdd(result, operands[2]);
    }

    bool emit_own(const tile::Instruction& instruction, const Values& operands) override {
        if (tile::works_on_fragments(kernel_, instruction)) {
            if (instruction.op == Op::matrix_load) keep_loads_ahead();
            llvm::Value* const value = matrices().emit(instruction, operands);
            if (value != nullptr) set(instruction, value);
            return true;
        }
        switch (instruction.op) {
            case Op::store:
            case Op::store_strided:
            case Op::scatter:
                memory_->store(instruction, kernel_.type_of(instruction.operands[0]), operands);
                return true;
            case Op::prefetch:
            case Op::fence:
                return true;
            case Op::barrier:
                emit_barrier(builder_);
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
                llvm::Value* const word = read_word(instruction.imm, memory_type(context_, type));
                return from_memory(entry_builder_, word, type);
            }
            case Op::grid_id: {
                const auto first = static_cast<Argument>(first_x + instruction.imm);
                llvm::Value* const id = workgroup_id(static_cast<int>(instruction.imm));
                return entry_builder_.CreateAdd(entry_builder_.CreateZExt(id, builder_.getInt64Ty()),
                                                argument(first));
            }
            case Op::member_id:
                member_value_ = instruction.results[0].id;
                return member_id();
            case Op::flushes:
                return builder_.getFalse();
            case Op::shr_logical: {
                if (!is_group_number(instruction)) return nullptr;
                llvm::Value* const number = builder_.CreateTrunc(
                    builder_.CreateLShr(operands[0], operands[1]), builder_.getInt32Ty());
                return builder_.CreateZExt(builder_.CreateIntrinsic(llvm::Intrinsic::amdgcn_readfirstlane,
                                                                    {builder_.getInt32Ty()}, {number}),
                                           builder_.getInt64Ty());
            }
            case Op::mul:
            case Op::fma:
                return narrow_product(instruction, operands);
            case Op::shuffle:
                return shuffles_.emit(operands[0], instruction.operands[1], operands[1]);
            case Op::load:
            case Op::load_strided:
            case Op::gather:
                loads_ahead_ =
                    loads_ahead_ || kernel_.buffers[static_cast<std::size_t>(instruction.buffer)].space ==
                                        tile::Space::global;
                return memory_->load(instruction, type, operands);
            default:
                return nullptr;
        }
    }

    llvm::Module& module_;
    const EmitChip& chip_;
    llvm::IRBuilder<> entry_builder_;  ///< always before the entry block's branch
    Shuffles shuffles_;
    NarrowNumbers numbers_;
    std::optional<Memory> memory_;
    std::optional<Matrices> matrices_;
    llvm::Value *arena_ = nullptr, *member_ = nullptr;
    bool loads_ahead_ = false;        ///< from global memory, since they were last kept ahead of something
    std::uint32_t member_value_ = 0;  ///< id of the Tile IR value that is member_id
};

}  // namespace

llvm::Function* translate(llvm::Module& module, const EmitChip& chip, const tile::Kernel& kernel,
                          const std::string& symbol) {
    return Translator(module, chip, kernel, symbol).run();
}

}  // namespace sporkle::amdgpu
