#include "targets/x86/emit/back_end.hpp"

#include <llvm-c/Target.h>

#include <sporkle/error.hpp>

namespace sporkle::x86 {
namespace {

/// Tile IR is already in SSA form, value-numbered and folded. What is left: addresses (instcombine), what
/// does not change in loops (licm), unrolling, and what unrolling brings to light.
constexpr const char* pipeline =
    "function("
    "sroa,simplifycfg,early-cse<memssa>,instcombine<no-verify-fixpoint>,"
    "loop-mssa(licm<allowspeculation>),"
    "gvn<no-load-pre;no-split-backedge-load-pre>,"
    "loop-unroll<O2>,"
    "sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,adce)";

void initialize() {
    [[maybe_unused]] static const bool once = [] {
        LLVMInitializeX86TargetInfo();
        LLVMInitializeX86Target();
        LLVMInitializeX86TargetMC();
        LLVMInitializeX86AsmPrinter();
        return true;
    }();
}

}  // namespace

llvm_ir::BackEnd back_end(const Level& level) {
    initialize();
    return llvm_ir::BackEnd({.target = "x86",
                             .triple = "x86_64-unknown-linux-gnu",
                             .processor = level.machine.architecture,
                             .features = "",
                             .code_model = llvm::CodeModel::Small,
                             .effort = llvm::CodeGenOptLevel::Default});
}

llvm::ModulePassManager optimization(llvm::PassBuilder& builder) {
    llvm::ModulePassManager passes;
    if (llvm::Error error = builder.parsePassPipeline(passes, pipeline))
        throw Error(ErrorCode::unsupported,
                    "x86: LLVM refuses the optimisation pipeline: " + llvm::toString(std::move(error)));
    return passes;
}

}  // namespace sporkle::x86
