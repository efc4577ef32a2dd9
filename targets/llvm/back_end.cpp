#include "targets/llvm/back_end.hpp"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetOptions.h>

#include <sporkle/error.hpp>

namespace sporkle::llvm_ir {
namespace {

/// Collects LLVM's complaints, which otherwise end the process.
void collect(const llvm::DiagnosticInfo* diagnostic, void* faults) {
    if (diagnostic->getSeverity() != llvm::DS_Error) return;
    llvm::raw_string_ostream text(*static_cast<std::string*>(faults));
    llvm::DiagnosticPrinterRawOStream printer(text);
    diagnostic->print(printer);
    text << '\n';
}

}  // namespace

BackEnd::BackEnd(const Choice& choice) : name_(choice.target) {
    std::string fault;
    const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(choice.triple, fault);
    if (target == nullptr)
        throw Error(ErrorCode::unsupported,
                    name_ + ": this LLVM cannot generate code for " + choice.triple + ": " + fault);
    llvm::TargetOptions options;
    options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
    machine_.reset(target->createTargetMachine(choice.triple, choice.processor, choice.features, options,
                                               llvm::Reloc::PIC_, choice.code_model, choice.effort));
}

std::unique_ptr<llvm::Module> BackEnd::new_module(llvm::LLVMContext& context) const {
    auto module = std::make_unique<llvm::Module>("sporkle", context);
    module->setTargetTriple(machine_->getTargetTriple().str());
    module->setDataLayout(machine_->createDataLayout());
    return module;
}

void BackEnd::optimize(llvm::Module& module, const Pipeline& pipeline) const {
    std::string faults;
    llvm::raw_string_ostream text(faults);
    if (llvm::verifyModule(module, &text))
        throw Error(ErrorCode::invalid_program, name_ + ": the translation is not valid LLVM IR: " + faults);

    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(machine_.get());
    llvm::TargetLibraryInfoImpl no_library(machine_->getTargetTriple());
    no_library.disableAllFunctions();
    functions.registerPass([&] { return llvm::TargetLibraryAnalysis(no_library); });
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    pipeline(builder).run(module, modules);
}

llvm::SmallVector<char, 0> BackEnd::write(llvm::Module& module, llvm::CodeGenFileType kind) const {
    std::string faults;
    module.getContext().setDiagnosticHandlerCallBack(collect, &faults);
    llvm::SmallVector<char, 0> bytes;
    {
        llvm::raw_svector_ostream stream(bytes);
        llvm::legacy::PassManager passes;
        if (machine_->addPassesToEmitFile(passes, stream, nullptr, kind))
            throw Error(ErrorCode::unsupported, name_ + ": this LLVM cannot write its code");
        passes.run(module);
    }
    module.getContext().setDiagnosticHandlerCallBack(nullptr, nullptr);
    if (!faults.empty()) throw Error(ErrorCode::unsupported, name_ + ": LLVM reports: " + faults);
    return bytes;
}

std::string text_of(const llvm::Module& module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module.print(stream, nullptr);
    return text;
}

}  // namespace sporkle::llvm_ir
