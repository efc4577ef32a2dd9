// Which memory accesses cannot touch the same bytes, told to LLVM as alias scopes.
//
// Tensors of the caller may be one another's memory (an output may be an input, element by element), so
// nothing is promised between them. Scratch buffers, task buffers and private buffers are memory of their
// own: each gets a scope. Two buffers that share a parameter word are views of one memory and share the
// scope.
#pragma once

#include <vector>

#include <llvm/IR/Instruction.h>
#include <llvm/IR/Metadata.h>

#include "codegen/ir/tile.hpp"

namespace sporkle::x86 {

class AliasScopes {
  public:
    /// Parameter words from `first_scratch_word` on hold scratch buffers.
    AliasScopes(llvm::LLVMContext& context, const tile::Kernel& kernel, int first_scratch_word);

    /// Marks an instruction that accesses the buffer.
    void mark(llvm::Instruction* instruction, int buffer) const;

  private:
    std::vector<llvm::MDNode*> own_;     ///< per buffer: its scope, or null for tensors
    std::vector<llvm::MDNode*> others_;  ///< per buffer: all scopes but its own, or null where there are none
};

}  // namespace sporkle::x86
