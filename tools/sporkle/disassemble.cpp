// Disassembly by LLVM's machine code layer.
#include "tools/sporkle/disassemble.hpp"

#include <algorithm>

#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/Format.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Triple.h>

#include <sporkle/error.hpp>

namespace sporkle::command {
namespace {

/// What LLVM calls the machine of a bundle's target, and the bytes that lengths of instructions are multiples
/// of.
struct MachineName {
    const char* triple;
    std::uint64_t unit;
};
MachineName machine_name(const std::string& target) {
    if (target == "x86") return {"x86_64-unknown-linux-gnu", 1};
    if (target == "amdgpu") return {"amdgcn-amd-amdhsa", 4};
    throw Error(ErrorCode::unsupported,
                "machine code of target '" + target + "' cannot be disassembled; x86 and amdgpu can");
}

/// LLVM's objects for one machine. Members depend on those before them.
class Machine {
  public:
    Machine(const std::string& triple_text, const std::string& cpu) {
        llvm::InitializeAllTargetInfos();
        llvm::InitializeAllTargetMCs();
        llvm::InitializeAllDisassemblers();
        const llvm::Triple triple(triple_text);
        std::string error;
        const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple_text, error);
        if (target == nullptr) throw Error(ErrorCode::unsupported, "this LLVM has no disassembler: " + error);
        registers_.reset(target->createMCRegInfo(triple_text));
        assembler_.reset(target->createMCAsmInfo(*registers_, triple_text, llvm::MCTargetOptions()));
        instructions_.reset(target->createMCInstrInfo());
        subtarget_.reset(target->createMCSubtargetInfo(triple_text, cpu, ""));
        context_ =
            std::make_unique<llvm::MCContext>(triple, assembler_.get(), registers_.get(), subtarget_.get());
        disassembler_.reset(target->createMCDisassembler(*subtarget_, *context_));
        printer_.reset(target->createMCInstPrinter(triple, 1, *assembler_, *instructions_, *registers_));
        printer_->setPrintImmHex(true);
        printer_->setPrintBranchImmAsAddress(true);
    }

    /// Prints the instruction at the beginning of the bytes. Returns its length, 0 when there is none.
    std::uint64_t print(llvm::ArrayRef<std::uint8_t> bytes, std::uint64_t address, llvm::raw_ostream& out) {
        llvm::MCInst instruction;
        std::uint64_t length = 0;
        if (disassembler_->getInstruction(instruction, length, bytes, address, llvm::nulls()) !=
            llvm::MCDisassembler::Success)
            return 0;
        printer_->printInst(&instruction, address, "", *subtarget_, out);
        return length;
    }

  private:
    std::unique_ptr<llvm::MCRegisterInfo> registers_;
    std::unique_ptr<llvm::MCAsmInfo> assembler_;
    std::unique_ptr<llvm::MCInstrInfo> instructions_;
    std::unique_ptr<llvm::MCSubtargetInfo> subtarget_;
    std::unique_ptr<llvm::MCContext> context_;
    std::unique_ptr<llvm::MCDisassembler> disassembler_;
    std::unique_ptr<llvm::MCInstPrinter> printer_;
};

}  // namespace

std::string disassemble(const std::string& target, const std::string& architecture,
                        std::span<const std::byte> code, std::uint64_t address) {
    const MachineName name = machine_name(target);
    Machine machine(name.triple, architecture);
    const llvm::ArrayRef<std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(code.data()), code.size());
    std::string text;
    llvm::raw_string_ostream out(text);
    std::uint64_t at = 0;
    while (at < bytes.size()) {
        std::string instruction;
        llvm::raw_string_ostream instruction_out(instruction);
        std::uint64_t length = machine.print(bytes.drop_front(at), address + at, instruction_out);
        if (length == 0) {
            length = std::min(name.unit, bytes.size() - at);
            instruction = "\t(no instruction)";
        }
        out << llvm::format_hex_no_prefix(address + at, 8) << ":";
        for (std::uint64_t b = 0; b < length; ++b) out << " " << llvm::format_hex_no_prefix(bytes[at + b], 2);
        for (std::uint64_t b = length; b < 11; ++b) out << "   ";
        out << instruction << "\n";
        at += length;
    }
    return text;
}

}  // namespace sporkle::command
