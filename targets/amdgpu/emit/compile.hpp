// LLVM IR → machine code of a chip: optimisation, code generation, and what a dispatch needs out of the code
// object.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include "targets/amdgpu/emit/machine.hpp"

namespace sporkle::amdgpu {

/// LLVM's code generator for a chip, strict IEEE arithmetic.
std::unique_ptr<llvm::TargetMachine> target_machine(const EmitChip& chip);

void optimize(llvm::Module& module, llvm::TargetMachine& machine);

/// The kernel's code, with its entry at the beginning, and its descriptor (LLVM "User Guide for AMDGPU
/// Backend", Kernel Descriptor), out of the code object that LLVM writes (version 5).
struct CompiledKernel {
    std::vector<std::byte> code;
    std::array<std::byte, 64> descriptor{};
};

/// The one kernel of an optimised module. Throws Error when LLVM reports a fault or the code needs
/// relocations beyond its own text.
CompiledKernel compile(llvm::Module& module, llvm::TargetMachine& machine, const std::string& symbol);

/// As assembly text, with the resources that it uses.
std::string assembly(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace sporkle::amdgpu
