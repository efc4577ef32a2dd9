#include "targets/amdgpu/emit/compile.hpp"

#include <cstring>

#include <llvm-c/Target.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetOptions.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

constexpr const char* triple = "amdgcn-amd-amdhsa";

const llvm::Target& amdgpu_target() {
    static const llvm::Target* const target = [] {
        LLVMInitializeAMDGPUTargetInfo();
        LLVMInitializeAMDGPUTarget();
        LLVMInitializeAMDGPUTargetMC();
        LLVMInitializeAMDGPUAsmPrinter();
        std::string fault;
        const llvm::Target* const found = llvm::TargetRegistry::lookupTarget(triple, fault);
        if (found == nullptr)
            throw Error(ErrorCode::unsupported, "amdgpu: this LLVM cannot generate AMD code: " + fault);
        return found;
    }();
    return *target;
}

/// Collects LLVM's complaints, which otherwise end the process.
void collect(const llvm::DiagnosticInfo* diagnostic, void* faults) {
    if (diagnostic->getSeverity() != llvm::DS_Error) return;
    llvm::raw_string_ostream text(*static_cast<std::string*>(faults));
    llvm::DiagnosticPrinterRawOStream printer(text);
    diagnostic->print(printer);
    text << '\n';
}

llvm::SmallVector<char, 0> emit_file(llvm::Module& module, llvm::TargetMachine& machine,
                                     llvm::CodeGenFileType kind) {
    std::string faults;
    module.getContext().setDiagnosticHandlerCallBack(collect, &faults);
    llvm::SmallVector<char, 0> bytes;
    {
        llvm::raw_svector_ostream stream(bytes);
        llvm::legacy::PassManager passes;
        if (machine.addPassesToEmitFile(passes, stream, nullptr, kind))
            throw Error(ErrorCode::unsupported, "amdgpu: this LLVM cannot write AMD code");
        passes.run(module);
    }
    module.getContext().setDiagnosticHandlerCallBack(nullptr, nullptr);
    if (!faults.empty()) throw Error(ErrorCode::unsupported, "amdgpu: LLVM reports: " + faults);
    return bytes;
}

[[noreturn]] void broken(const std::string& what) {
    throw Error(ErrorCode::unsupported, "amdgpu: LLVM's code object " + what);
}

template <class T>
T expect(llvm::Expected<T> value) {
    if (!value) broken("is damaged: " + llvm::toString(value.takeError()));
    return std::move(*value);
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> target_machine(const EmitChip& chip) {
    llvm::TargetOptions options;
    options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
    const std::string features = features_of(chip);
    return std::unique_ptr<llvm::TargetMachine>(amdgpu_target().createTargetMachine(
        triple, chip.machine.architecture, features, options, llvm::Reloc::PIC_, std::nullopt,
        llvm::CodeGenOptLevel::Aggressive));
}

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
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

CompiledKernel compile(llvm::Module& module, llvm::TargetMachine& machine, const std::string& symbol) {
    const auto bytes = emit_file(module, machine, llvm::CodeGenFileType::ObjectFile);
    const auto object = expect(llvm::object::ObjectFile::createELFObjectFile(
        llvm::MemoryBufferRef(llvm::StringRef(bytes.data(), bytes.size()), "code object")));
    for (const llvm::object::SectionRef& section : object->sections()) {
        const auto relocated = expect(section.getRelocatedSection());
        if (relocated == object->section_end()) continue;
        const llvm::StringRef name = expect(relocated->getName());
        // The descriptor's distance to the entry is one, which the loader does not need.
        if (name == ".text" && section.relocation_begin() != section.relocation_end())
            broken("needs relocations in the text of " + symbol);
    }
    CompiledKernel result;
    bool has_code = false, has_descriptor = false;
    for (const llvm::object::SymbolRef& entry : object->symbols()) {
        const llvm::StringRef name = expect(entry.getName());
        if (name != symbol && name != symbol + ".kd") continue;
        const auto section = expect(entry.getSection());
        const llvm::StringRef contents = expect(section->getContents());
        const std::uint64_t offset = expect(entry.getValue());
        if (name == symbol) {
            // Up to the section's end: the padding behind the last instruction belongs to it, since hardware
            // fetches ahead.
            if (offset > contents.size()) broken("has an entry outside its text");
            const llvm::StringRef code = contents.drop_front(offset);
            result.code.resize(code.size());
            std::memcpy(result.code.data(), code.data(), code.size());
            has_code = true;
        } else {
            if (offset > contents.size() || contents.size() - offset < result.descriptor.size())
                broken("has a descriptor outside its section");
            std::memcpy(result.descriptor.data(), contents.data() + offset, result.descriptor.size());
            has_descriptor = true;
        }
    }
    if (!has_code || !has_descriptor) broken("has no kernel " + symbol);
    return result;
}

std::string assembly(llvm::Module& module, llvm::TargetMachine& machine) {
    const auto bytes = emit_file(module, machine, llvm::CodeGenFileType::AssemblyFile);
    return {bytes.begin(), bytes.end()};
}

}  // namespace sporkle::amdgpu
