// Fragments of Tile IR on the chips' matrix units (matrix_unit.hpp). In LLVM IR a lane's part of a factor is
// a vector of 32-bit words, its part of an accumulator a vector of f32, f64, i32 or, rounded, the bits of
// f16.
//
// gfx90a takes subnormal f16 and bf16 as 0, which no bound of Numerics::fast allows. Where a wave meets one
// in a factor, it multiplies the factors as f32 instead, which that unit takes as they are.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include <llvm/IR/IRBuilder.h>

#include "codegen/ir/tile.hpp"
#include "codegen/simt/element_form.hpp"
#include "targets/amdgpu/emit/machine.hpp"
#include "targets/amdgpu/emit/matrix_unit.hpp"
#include "targets/amdgpu/emit/memory.hpp"

namespace sporkle::amdgpu {

class Matrices {
  public:
    /// `lane`: number of the running lane in its wave, i64. The waves of the kernel are those who hold its
    /// fragments together.
    Matrices(llvm::IRBuilderBase& builder, const EmitChip& chip, const tile::Kernel& kernel, Memory& memory,
             llvm::Value* lane);

    /// The value of an instruction that works on fragments; null for a store.
    llvm::Value* emit(const tile::Instruction& instruction, std::span<llvm::Value* const> operands);

  private:
    llvm::Value* constant(tile::Type type, std::uint64_t bits);
    llvm::Value* load(const tile::Instruction& instruction, std::span<llvm::Value* const> operands);
    void store(const tile::Instruction& instruction, std::span<llvm::Value* const> operands);
    llvm::Value* multiply_add(const tile::Instruction& instruction, std::span<llvm::Value* const> operands);
    /// A lane's share of an access.
    struct Access {
        FragmentLayout layout;
        bool in_runs = false;              ///< a run's elements are neighbours in memory
        llvm::Type* element = nullptr;     ///< in memory
        std::vector<llvm::Value*> places;  ///< of each run, or of each element
        llvm::Align alignment;             ///< of each place
    };
    Access access_of(const tile::Instruction& instruction, tile::Type type, llvm::Value* first,
                     llvm::Value* pitch);
    llvm::Align alignment_of(const tile::Instruction& instruction, tile::Type type, int run);
    /// The vector of a lane's elements as its fragment's value, and back.
    llvm::Value* from_elements(llvm::Value* elements, tile::Type type);
    llvm::Value* to_elements(llvm::Value* fragment, const Access& access);

    llvm::Value* multiply(const MatrixInstruction& unit, llvm::Value* left, llvm::Value* right,
                          llvm::Value* sum);
    llvm::Value* multiply_as_f32(const MatrixInstruction& unit, llvm::Value* left, llvm::Value* right,
                                 llvm::Value* sum);
    llvm::Value* call(const MatrixInstruction& unit, llvm::Value* left, llvm::Value* right, llvm::Value* sum);
    llvm::Function* declaration(const MatrixInstruction& unit, llvm::Type* factor, llvm::Type* sum);
    /// The lanes of the wave that hold a subnormal of the factor, a bit each; the same in all lanes.
    llvm::Value* lanes_with_subnormals(llvm::Value* factor, DType type);
    llvm::Value* where(llvm::Value* condition, llvm::Value* otherwise,
                       const std::function<llvm::Value*()>& then);
    llvm::Value* opaque(llvm::Value* value, const std::string& kind);

    llvm::IRBuilderBase& builder_;
    const EmitChip& chip_;
    const tile::Kernel& kernel_;
    Memory& memory_;
    llvm::Value* lane_;
    codegen::Definitions definitions_;
    std::map<llvm::Value*, llvm::Value*> subnormals_;  ///< of factors, where they are loaded
};

}  // namespace sporkle::amdgpu
