// Shuffles of Tile IR in LLVM IR: how members take each other's values. Patterns that are known when the code
// is made stay in registers (lane_moves.hpp); other lanes of a wave are reached by ds_bpermute_b32, other
// waves through LDS.
#pragma once

#include <functional>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "targets/amdgpu/emit/machine.hpp"
#include "targets/amdgpu/emit/member_numbers.hpp"

namespace sporkle::amdgpu {

/// All members of the workgroup have arrived, and see what was stored before.
void emit_barrier(llvm::IRBuilderBase& builder);

class Shuffles {
  public:
    /// `member_id` gives the running member's number, i64.
    Shuffles(llvm::Module& module, llvm::IRBuilderBase& builder, const EmitChip& chip,
             const tile::Kernel& kernel, std::function<llvm::Value*()> member_id);

    /// The value that the member `source` gives. `number` is the source as an LLVM value.
    llvm::Value* emit(llvm::Value* value, tile::Value source, llvm::Value* number);

  private:
    using Words = std::vector<llvm::Value*>;
    Words to_words(llvm::Value* value);
    llvm::Value* from_words(const Words& words, llvm::Type* type);
    llvm::Value* moved(llvm::Value* word, const LaneMove& move);
    llvm::Value* permuted(llvm::Value* word, llvm::Value* member);
    Words exchanged(llvm::Value* value, const Words& words, llvm::Value* member);

    llvm::Module& module_;
    llvm::IRBuilderBase& builder_;
    const EmitChip& chip_;
    const tile::Kernel& kernel_;
    std::function<llvm::Value*()> member_id_;
    MemberNumbers numbers_;
    std::vector<llvm::GlobalVariable*> exchange_;  ///< in LDS, a word of each member; one for each word
    llvm::Value* held_ = nullptr;                  ///< what lies there, and where the code was that put it
    llvm::BasicBlock* held_in_ = nullptr;
};

}  // namespace sporkle::amdgpu
