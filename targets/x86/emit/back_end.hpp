// LLVM's back end and optimisation for a level.
#pragma once

#include "targets/llvm/back_end.hpp"
#include "targets/x86/emit/level.hpp"

namespace sporkle::x86 {

llvm_ir::BackEnd back_end(const Level& level);

/// A small pipeline that keeps floating point as written. Vectorisation is the lowerings' business and
/// library calls do not exist here, so there is no vectoriser and no idiom recognition. No pass has leave to
/// reassociate, contract or approximate: nothing carries fast-math flags.
llvm::ModulePassManager optimization(llvm::PassBuilder& builder);

}  // namespace sporkle::x86
