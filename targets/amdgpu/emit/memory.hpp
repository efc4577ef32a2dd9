// Loads and stores of per-thread Tile IR in LLVM IR for amdgcn.
//
// Buffers lie in LLVM's address spaces: global memory in 1, the workgroup's shared memory (LDS) in 3, private
// memory in 5. Elements of the latter two are numbered in 32 bits.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/ir/tile.hpp"

namespace sporkle::amdgpu {

/// An array in LDS, of undefined contents.
llvm::GlobalVariable* shared_array(llvm::Module& module, llvm::Type* element, std::int64_t size,
                                   const std::string& name);

class Memory {
  public:
    /// `bases`: the address of element 0 of each buffer, in its address space.
    Memory(llvm::IRBuilderBase& builder, std::vector<llvm::Value*> bases)
        : builder_(builder), bases_(std::move(bases)) {}

    /// `operands` are those of the instruction. `type` is the type of the value that is moved.
    llvm::Value* load(const tile::Instruction& instruction, tile::Type type,
                      std::span<llvm::Value* const> operands);
    void store(const tile::Instruction& instruction, tile::Type type, std::span<llvm::Value* const> operands);

    /// Address of an element, by number, of a buffer whose elements have this type in memory.
    llvm::Value* place(int buffer, llvm::Type* type, llvm::Value* number) {
        return element(type, bases_[static_cast<std::size_t>(buffer)], number);
    }

  private:
    /// One access of a thread: where its lanes lie.
    struct Access {
        llvm::Type* type = nullptr;  ///< in memory, of all lanes
        int lanes = 1;
        std::vector<llvm::Value*> places;  ///< of each lane; of lane 0 alone where lanes are neighbours
        llvm::Value* mask = nullptr;       ///< null: all lanes
        llvm::Align alignment;             ///< of places[0], or of each
        bool contiguous = true;
    };

    Access access_of(const tile::Instruction& instruction, tile::Type type,
                     std::span<llvm::Value* const> operands);
    llvm::Value* element(llvm::Type* type, llvm::Value* base, llvm::Value* number);
    llvm::Value* place_of(const Access& access, int lane);
    llvm::Value* mask_of(const Access& access, int lane);
    llvm::Align lane_alignment(const Access& access) const;
    llvm::Value* load_all(const Access& access);
    void store_all(const Access& access, llvm::Value* value);
    /// Emits `then` where the condition holds; `otherwise` is the value elsewhere (null: there is no value).
    llvm::Value* where(llvm::Value* condition, const std::function<llvm::Value*()>& then,
                       llvm::Value* otherwise);
    llvm::Value* all_lanes(llvm::Value* mask);

    llvm::IRBuilderBase& builder_;
    std::vector<llvm::Value*> bases_;
};

}  // namespace sporkle::amdgpu
