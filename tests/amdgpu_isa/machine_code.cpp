#include "tests/amdgpu_isa/machine_code.hpp"

#include <cstring>
#include <stdexcept>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>

namespace sporkle::testing {

namespace emulator = amdgpu::emulator;

namespace {

std::unique_ptr<llvm::TargetMachine> machine_for(const std::string& chip) {
    static const bool initialized = [] {
        LLVMInitializeAMDGPUTargetInfo();
        LLVMInitializeAMDGPUTarget();
        LLVMInitializeAMDGPUTargetMC();
        LLVMInitializeAMDGPUAsmPrinter();
        LLVMInitializeAMDGPUAsmParser();
        return true;
    }();
    (void)initialized;
    std::string error;
    const char* triple = "amdgcn-amd-amdhsa";
    const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
    if (!target) throw std::runtime_error(error);
    return std::unique_ptr<llvm::TargetMachine>(
        target->createTargetMachine(triple, chip, "", llvm::TargetOptions(), llvm::Reloc::PIC_, std::nullopt,
                                    llvm::CodeGenOptLevel::Default));
}

llvm::SmallVector<char, 0> object_of(const std::string& ir, const std::string& chip) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic diagnostic;
    const auto module = llvm::parseIR(llvm::MemoryBufferRef(ir, "test"), diagnostic, context);
    if (!module) {
        std::string text;
        llvm::raw_string_ostream stream(text);
        diagnostic.print("test", stream);
        throw std::runtime_error(stream.str());
    }
    const auto machine = machine_for(chip);
    module->setTargetTriple("amdgcn-amd-amdhsa");
    module->setDataLayout(machine->createDataLayout());

    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager graphs;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(machine.get());
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(graphs);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, graphs, modules);
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(*module, modules);

    llvm::SmallVector<char, 0> object;
    llvm::raw_svector_ostream stream(object);
    llvm::legacy::PassManager passes;
    if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
        throw std::runtime_error("LLVM cannot emit objects for " + chip);
    passes.run(*module);
    return object;
}

template <class T>
T read_at(const std::vector<std::byte>& image, std::uint64_t offset) {
    T value;
    std::memcpy(&value, image.data() + offset, sizeof value);
    return value;
}

// R_AMDGPU_*: the ABI's relocation numbers.
constexpr std::uint32_t relocation_rel32 = 4, relocation_rel64 = 5, relocation_rel32_lo = 10,
                        relocation_rel32_hi = 11;

}  // namespace

LoadedCode compile(const std::string& ir, const std::string& chip) {
    const auto object = object_of(ir, chip);
    auto file = llvm::object::ObjectFile::createELFObjectFile(
        llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), "object"));
    if (!file) throw std::runtime_error(llvm::toString(file.takeError()));

    LoadedCode loaded;
    std::map<std::uint64_t, std::uint64_t> place;  // by section index
    for (const auto& section : (*file)->sections()) {
        const llvm::object::ELFSectionRef elf(section);
        if (!(elf.getFlags() & llvm::ELF::SHF_ALLOC) || section.getSize() == 0) continue;
        const std::uint64_t start = (loaded.image.size() + 255) / 256 * 256;
        loaded.image.resize(start + section.getSize());
        place[section.getIndex()] = start;
        if (auto contents = section.getContents())
            std::memcpy(loaded.image.data() + start, contents->data(), contents->size());
    }
    const auto address_of = [&](const llvm::object::SymbolRef& symbol) -> std::uint64_t {
        auto section = symbol.getSection();
        auto value = symbol.getValue();
        if (!section || !value || *section == (*file)->section_end())
            throw std::runtime_error("undefined symbol");
        return place.at((*section)->getIndex()) + *value;
    };
    for (const auto& section : (*file)->sections()) {
        auto relocated = section.getRelocatedSection();
        if (!relocated || *relocated == (*file)->section_end() || !place.count((*relocated)->getIndex()))
            continue;
        for (const auto& relocation : section.relocations()) {
            const std::uint64_t where = place.at((*relocated)->getIndex()) + relocation.getOffset();
            auto addend = llvm::object::ELFRelocationRef(relocation).getAddend();
            const std::uint64_t target =
                address_of(*relocation.getSymbol()) + static_cast<std::uint64_t>(addend ? *addend : 0);
            const std::uint64_t relative = target - where;
            const auto store = [&](auto value) {
                std::memcpy(loaded.image.data() + where, &value, sizeof value);
            };
            switch (relocation.getType()) {
                case relocation_rel32:
                case relocation_rel32_lo:
                    store(static_cast<std::uint32_t>(relative));
                    break;
                case relocation_rel32_hi:
                    store(static_cast<std::uint32_t>(relative >> 32));
                    break;
                case relocation_rel64:
                    store(relative);
                    break;
                default:
                    throw std::runtime_error("relocation " + std::to_string(relocation.getType()));
            }
        }
    }
    for (const auto& symbol : (*file)->symbols()) {
        auto name = symbol.getName();
        if (!name || !name->ends_with(".kd")) continue;
        const std::uint64_t d = address_of(symbol);
        KernelDescriptor kernel;
        kernel.entry = d + read_at<std::uint64_t>(loaded.image, d + 16);
        kernel.lds_bytes = read_at<std::uint32_t>(loaded.image, d);
        kernel.scratch_bytes = read_at<std::uint32_t>(loaded.image, d + 4);
        kernel.rsrc3 = read_at<std::uint32_t>(loaded.image, d + 44);
        kernel.rsrc1 = read_at<std::uint32_t>(loaded.image, d + 48);
        kernel.rsrc2 = read_at<std::uint32_t>(loaded.image, d + 52);
        kernel.properties = read_at<std::uint16_t>(loaded.image, d + 56);
        loaded.kernels[name->drop_back(3).str()] = kernel;
    }
    loaded.image.resize((loaded.image.size() + 4095) / 4096 * 4096);
    return loaded;
}

}  // namespace sporkle::testing
