// Tile IR's structured control flow in LLVM IR: what every target that emits through LLVM has in common. A
// target derives from it and adds memory, parameters, ids and whatever else is its own.
#pragma once

#include <vector>

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/llvm/traits.hpp"

namespace sporkle::llvm_ir {

class RegionTranslator {
  public:
    RegionTranslator(llvm::LLVMContext& context, const Traits& traits, const tile::Kernel& kernel)
        : context_(context),
          kernel_(kernel),
          builder_(context),
          traits_(traits),
          values_(kernel.types.size()) {}
    virtual ~RegionTranslator() = default;

  protected:
    using Values = std::vector<llvm::Value*>;

    /// Emits an instruction that is neither control flow nor pure arithmetic, and sets its result. False when
    /// it is not of that kind.
    virtual bool emit_own(const tile::Instruction& instruction, const Values& operands) = 0;

    /// Called where a loop begins.
    virtual void before_loop() {}

    /// Emits a region where the builder stands and returns what it yields.
    Values emit_region(const tile::Region& region);

    llvm::BasicBlock* new_block(const char* name) {
        return llvm::BasicBlock::Create(context_, name, function_);
    }
    void set(const tile::Instruction& instruction, llvm::Value* value) {
        values_[instruction.results[0].id] = value;
    }
    /// 0 leaves unrolling to LLVM, 1 forbids it, n > 1 asks for n copies.
    void set_unroll(llvm::Instruction* branch, int unroll);

    llvm::LLVMContext& context_;
    const tile::Kernel& kernel_;
    llvm::IRBuilder<> builder_;
    llvm::Function* function_ = nullptr;  ///< set before the first region

  private:
    void emit(const tile::Instruction& instruction);
    void emit_for(const tile::Instruction& instruction, const Values& operands);
    void emit_if(const tile::Instruction& instruction, llvm::Value* condition);
    Values values(const std::vector<tile::Value>& ids) const;

    const Traits traits_;
    Values values_;  ///< by the id of the Tile IR value
};

}  // namespace sporkle::llvm_ir
