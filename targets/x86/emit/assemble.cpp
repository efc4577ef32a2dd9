#include "targets/x86/emit/assemble.hpp"

#include <llvm-c/Target.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetOptions.h>

#include <sporkle/error.hpp>

namespace sporkle::x86 {
namespace {

constexpr const char* triple = "x86_64-unknown-linux-gnu";

const llvm::Target& x86_target() {
    static const llvm::Target* const target = [] {
        LLVMInitializeX86TargetInfo();
        LLVMInitializeX86Target();
        LLVMInitializeX86TargetMC();
        LLVMInitializeX86AsmPrinter();
        std::string fault;
        const llvm::Target* const found = llvm::TargetRegistry::lookupTarget(triple, fault);
        if (found == nullptr)
            throw Error(ErrorCode::unsupported, "x86: this LLVM cannot generate x86-64 code: " + fault);
        return found;
    }();
    return *target;
}

/// LLVM's own handler would end the process.
void collect(const llvm::DiagnosticInfo* diagnostic, void* faults) {
    if (diagnostic->getSeverity() != llvm::DS_Error) return;
    llvm::raw_string_ostream text(*static_cast<std::string*>(faults));
    llvm::DiagnosticPrinterRawOStream printer(text);
    diagnostic->print(printer);
    text << '\n';
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> target_machine(const Level& level) {
    llvm::TargetOptions options;
    options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
    options.EmulatedTLS = false;
    options.UniqueSectionNames = false;
    return std::unique_ptr<llvm::TargetMachine>(
        x86_target().createTargetMachine(triple, level.machine.architecture, "", options, llvm::Reloc::PIC_,
                                         llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
}

llvm::SmallVector<char, 0> assemble(llvm::Module& module, llvm::TargetMachine& machine, Output output) {
    std::string faults;
    module.getContext().setDiagnosticHandlerCallBack(collect, &faults);
    llvm::SmallVector<char, 0> bytes;
    {
        llvm::raw_svector_ostream stream(bytes);
        llvm::legacy::PassManager passes;
        const auto kind = output == Output::object ? llvm::CodeGenFileType::ObjectFile
                                                   : llvm::CodeGenFileType::AssemblyFile;
        if (machine.addPassesToEmitFile(passes, stream, nullptr, kind))
            throw Error(ErrorCode::unsupported, "x86: this LLVM cannot write x86-64 code");
        passes.run(module);
    }
    module.getContext().setDiagnosticHandlerCallBack(nullptr, nullptr);
    if (!faults.empty()) throw Error(ErrorCode::unsupported, "x86: LLVM reports: " + faults);
    return bytes;
}

}  // namespace sporkle::x86
