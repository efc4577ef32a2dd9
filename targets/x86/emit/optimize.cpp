#include "targets/x86/emit/optimize.hpp"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Passes/PassBuilder.h>

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

}  // namespace

void optimize(llvm::Module& module, llvm::TargetMachine& machine) {
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(&machine);

    // No C library is there to be called.
    llvm::TargetLibraryInfoImpl no_library(machine.getTargetTriple());
    no_library.disableAllFunctions();
    functions.registerPass([&] { return llvm::TargetLibraryAnalysis(no_library); });

    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);

    llvm::ModulePassManager passes;
    if (llvm::Error error = builder.parsePassPipeline(passes, pipeline))
        throw Error(ErrorCode::unsupported,
                    "x86: LLVM refuses the optimisation pipeline: " + llvm::toString(std::move(error)));
    passes.run(module, modules);
}

}  // namespace sporkle::x86
