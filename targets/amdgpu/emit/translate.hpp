// Per-thread Tile IR → LLVM IR for amdgcn: one kernel becomes one function of the calling convention
// amdgpu_kernel, whose arguments are pm4/kernel_arguments.hpp.
#pragma once

#include <string>

#include <llvm/IR/Module.h>

#include "codegen/ir/tile.hpp"
#include "targets/amdgpu/emit/machine.hpp"

namespace sporkle::amdgpu {

/// Adds the function `symbol` to the module. The kernel's members are single threads (simt/distribute.hpp).
llvm::Function* translate(llvm::Module& module, const EmitChip& chip, const tile::Kernel& kernel,
                          const std::string& symbol);

}  // namespace sporkle::amdgpu
