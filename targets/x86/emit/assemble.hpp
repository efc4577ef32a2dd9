// LLVM IR → machine code or assembly, for one level.
#pragma once

#include <memory>
#include <string>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include "targets/x86/emit/level.hpp"

namespace sporkle::x86 {

/// LLVM's code generator for a level: position-independent, small code model, strict IEEE arithmetic.
std::unique_ptr<llvm::TargetMachine> target_machine(const Level& level);

enum class Output { object, assembly };

/// Throws Error when LLVM reports a fault.
llvm::SmallVector<char, 0> assemble(llvm::Module& module, llvm::TargetMachine& machine, Output output);

}  // namespace sporkle::x86
