// The optimisation of translated modules: a small pipeline that keeps floating point as written.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

namespace sporkle::x86 {

/// Vectorisation is the lowerings' business and library calls do not exist here, so there is no vectoriser
/// and no idiom recognition. No pass has leave to reassociate, contract or approximate: nothing carries
/// fast-math flags.
void optimize(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace sporkle::x86
