// Loads, stores and prefetches of Tile IR in LLVM IR.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "targets/x86/emit/alias.hpp"
#include "targets/x86/emit/level.hpp"

namespace sporkle::x86 {

class Memory {
  public:
    /// `bases`: the address of element 0 of each buffer.
    Memory(llvm::IRBuilderBase& builder, const Level& level, const tile::Kernel& kernel,
           const AliasScopes& scopes, std::vector<llvm::Value*> bases)
        : builder_(builder), level_(level), kernel_(kernel), scopes_(scopes), bases_(std::move(bases)) {}

    /// `operands` are those of the instruction. `type` is the type of the value that is moved.
    llvm::Value* load(const tile::Instruction& instruction, tile::Type type,
                      std::span<llvm::Value* const> operands);
    void store(const tile::Instruction& instruction, tile::Type type, std::span<llvm::Value* const> operands);
    void prefetch(const tile::Instruction& instruction, llvm::Value* element);

  private:
    /// One access: which buffer, what is moved, and how its lanes lie.
    struct Access {
        int buffer;
        llvm::Type* type;       ///< in memory, of all lanes
        llvm::Value* first;     ///< address of lane 0; the buffer's base where `elements` is set
        llvm::Value* stride;    ///< i64, in elements; null: elements are contiguous
        llvm::Value* elements;  ///< element number of each lane; null: lane l is at first + l · stride
        llvm::Value* mask;      ///< null: all lanes
        llvm::Align alignment;  ///< of lane 0's address, or of each lane's unless contiguous
        bool nontemporal;
        int lanes() const;
        bool contiguous() const { return stride == nullptr && elements == nullptr; }
    };

    Access access_of(const tile::Instruction& instruction, tile::Type type,
                     std::span<llvm::Value* const> operands) const;
    llvm::Value* load(const Access& access);
    llvm::Value* load_all(const Access& access);
    llvm::Value* load_short_stride(const Access& access, int stride);
    void store(const Access& access, llvm::Value* value);
    void store_all(const Access& access, llvm::Value* value);

    bool has_masked_instruction(const Access& access) const;
    llvm::Value* lane_addresses(const Access& access);     ///< a vector of pointers
    llvm::Value* address(const Access& access, int lane);  ///< of a lane known now
    llvm::Value* load_at(const Access& access, llvm::Type* type, llvm::Value* address, llvm::Align alignment);
    void store_at(const Access& access, llvm::Value* value, llvm::Value* address, llvm::Align alignment);
    template <class Instruction>
    Instruction* marked(Instruction* instruction, const Access& access) const;
    /// Calls body(address, lane) in a loop over the set lanes.
    void for_each_lane(const Access& access,
                       const std::function<void(llvm::Value* address, llvm::Value* lane)>& body);

    llvm::IRBuilderBase& builder_;
    const Level& level_;
    const tile::Kernel& kernel_;
    const AliasScopes& scopes_;
    std::vector<llvm::Value*> bases_;
};

}  // namespace sporkle::x86
