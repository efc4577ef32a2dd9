// LLVM's back end and optimisation for a chip.
#pragma once

#include "targets/amdgpu/emit/machine.hpp"
#include "targets/llvm/back_end.hpp"

namespace sporkle::amdgpu {

llvm_ir::BackEnd back_end(const EmitChip& chip);

/// LLVM's own pipeline: what a GPU's kernels need of it (private memory into registers, uniform values into
/// scalar ones) is long. Nothing carries fast-math flags, so no pass has leave to reassociate, contract or
/// approximate.
llvm::ModulePassManager optimization(llvm::PassBuilder& builder);

}  // namespace sporkle::amdgpu
