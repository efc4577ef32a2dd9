#include "targets/amdgpu/emit/back_end.hpp"

#include <llvm-c/Target.h>

namespace sporkle::amdgpu {
namespace {

void initialize() {
    [[maybe_unused]] static const bool once = [] {
        LLVMInitializeAMDGPUTargetInfo();
        LLVMInitializeAMDGPUTarget();
        LLVMInitializeAMDGPUTargetMC();
        LLVMInitializeAMDGPUAsmPrinter();
        return true;
    }();
}

}  // namespace

llvm_ir::BackEnd back_end(const EmitChip& chip) {
    initialize();
    return llvm_ir::BackEnd({.target = "amdgpu",
                             .triple = "amdgcn-amd-amdhsa",
                             .processor = chip.machine.architecture,
                             .features = features_of(chip),
                             .code_model = std::nullopt,
                             .effort = llvm::CodeGenOptLevel::Aggressive});
}

llvm::ModulePassManager optimization(llvm::PassBuilder& builder) {
    return builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2);
}

}  // namespace sporkle::amdgpu
