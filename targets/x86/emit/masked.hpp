// Loops over the set lanes of a mask: how memory is reached where the machine has no masked instruction for
// it, so that masked-off lanes touch nothing.
#pragma once

#include <functional>

#include <llvm/IR/IRBuilder.h>

namespace sporkle::x86 {

/// Calls `body` with the number (i64) of each lane whose mask is true, lowest first.
void for_each_set_lane(llvm::IRBuilderBase& builder, llvm::Value* mask,
                       const std::function<void(llvm::Value* lane)>& body);

/// Emits `then` and `otherwise` under a branch. Afterwards the builder stands behind both.
void emit_branch(llvm::IRBuilderBase& builder, llvm::Value* condition, const std::function<void()>& then,
                 const std::function<void()>& otherwise);

/// Whether every lane is true, as i1.
llvm::Value* all_lanes(llvm::IRBuilderBase& builder, llvm::Value* mask);

/// An array on the stack with one place for each lane of a value.
class LaneArray {
  public:
    LaneArray(llvm::IRBuilderBase& builder, llvm::Type* vector);
    llvm::Value* read(llvm::IRBuilderBase& builder) const;  ///< all lanes
    void write(llvm::IRBuilderBase& builder, llvm::Value* vector) const;
    llvm::Value* place(llvm::IRBuilderBase& builder, llvm::Value* lane) const;  ///< address of one
    llvm::Type* element() const { return vector_->getScalarType(); }

  private:
    llvm::Type* vector_;
    llvm::AllocaInst* memory_;
};

}  // namespace sporkle::x86
