#include "targets/amdgpu/emulator/isa/decoder.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>

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
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/encoding.hpp"
#include "targets/amdgpu/emulator/isa/register_name.hpp"
#include "targets/amdgpu/emulator/isa/wait_states.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr const char* triple = "amdgcn-amd-amdhsa";

[[noreturn]] void fail_undecodable(Wave&, const Instruction&) {
    throw WaveFault{Failure::undecodable, "these bytes are no instruction of this chip"};
}
std::string encoding_text(const Instruction& i) {
    std::string text;
    char word[12];
    for (int k = 0; k < i.size / 4; ++k) {
        std::snprintf(word, sizeof word, "%s%08X", k ? " " : "", i.encoding[static_cast<std::size_t>(k)]);
        text += word;
    }
    return text;
}
[[noreturn]] void fail_unimplemented(Wave&, const Instruction& i) {
    throw WaveFault{Failure::unimplemented,
                    "unimplemented instruction " + std::string(i.mnemonic) + " " + encoding_text(i)};
}

/// Mnemonics live as long as the process, so that instructions can point to them.
const char* interned(std::string_view name) {
    static std::set<std::string, std::less<>> names;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    return names.emplace(name).first->c_str();
}

std::string_view without_suffixes(std::string_view name) {
    name = name.substr(0, name.find(' '));  // "scratch_store_dword off," names an operand too
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view suffix : {"_e32", "_e64", "_dpp8", "_dpp", "_sdwa"})
            if (name.ends_with(suffix)) name.remove_suffix(suffix.size()), again = true;
    }
    return name;
}

void add_range(Instruction& i, const Operand& operand, bool written) {
    if (operand.unit == Unit::none || operand.unit == Unit::constant || i.ranges == i.range.size()) return;
    const int base = operand.unit == Unit::vector ? 256 : operand.unit == Unit::accumulator ? 512 : 0;
    // No load goes to EXEC and what lies behind it.
    if (operand.unit == Unit::scalar && operand.index >= slot::exec) return;
    i.range[i.ranges++] = {static_cast<std::uint16_t>(base + operand.index), operand.words, written};
}

}  // namespace

struct Decoder::Llvm {
    std::unique_ptr<llvm::MCRegisterInfo> registers;
    std::unique_ptr<llvm::MCAsmInfo> assembler;
    std::unique_ptr<llvm::MCInstrInfo> instructions;
    std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
    std::unique_ptr<llvm::MCContext> context;
    std::unique_ptr<llvm::MCDisassembler> disassembler;
    std::unique_ptr<llvm::MCInstPrinter> printer;

    /// A register or constant operand; Unit::none for what is neither.
    Operand operand(const llvm::MCOperand& operand, const llvm::MCOperandInfo& info) const {
        Operand result;
        if (operand.isReg()) {
            if (operand.getReg()) result = register_operand(registers->getName(operand.getReg()));
            // SGPR_NULL stands for pairs too.
            if (result.index == slot::null && result.unit == Unit::scalar && info.RegClass >= 0)
                result.words = static_cast<std::uint8_t>(
                    registers->getRegClass(static_cast<unsigned>(info.RegClass)).getSizeInBits() / 32);
        } else if (operand.isImm()) {
            result.unit = Unit::constant;
            result.words = static_cast<std::uint8_t>(std::max(
                1u, registers->getRegClass(static_cast<unsigned>(info.RegClass)).getSizeInBits() / 32));
            result.value = static_cast<std::uint64_t>(operand.getImm());
        }
        return result;
    }
};

Decoder::Decoder(const Chip& chip, int wave_size) : chip_(chip), llvm_(std::make_unique<Llvm>()) {
    static const bool initialized = [] {
        LLVMInitializeAMDGPUTargetInfo();
        LLVMInitializeAMDGPUTarget();
        LLVMInitializeAMDGPUTargetMC();
        LLVMInitializeAMDGPUDisassembler();
        return true;
    }();
    (void)initialized;
    std::string error;
    const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
    if (!target) throw Error(ErrorCode::unsupported, "the AMD emulator needs LLVM's AMDGPU target: " + error);
    llvm_->registers.reset(target->createMCRegInfo(triple));
    llvm_->assembler.reset(target->createMCAsmInfo(*llvm_->registers, triple, llvm::MCTargetOptions()));
    llvm_->instructions.reset(target->createMCInstrInfo());
    const char* features = !chip.both_wave_sizes ? ""
                           : wave_size == 64     ? "+wavefrontsize64,-wavefrontsize32"
                                                 : "+wavefrontsize32,-wavefrontsize64";
    llvm_->subtarget.reset(target->createMCSubtargetInfo(triple, chip.name, features));
    llvm_->context = std::make_unique<llvm::MCContext>(llvm::Triple(triple), llvm_->assembler.get(),
                                                       llvm_->registers.get(), llvm_->subtarget.get());
    llvm_->disassembler.reset(target->createMCDisassembler(*llvm_->subtarget, *llvm_->context));
    llvm_->printer.reset(target->createMCInstPrinter(llvm::Triple(triple), 0, *llvm_->assembler,
                                                     *llvm_->instructions, *llvm_->registers));
    if (!llvm_->disassembler || !llvm_->printer)
        throw Error(ErrorCode::unsupported, "the AMD emulator needs LLVM's AMDGPU disassembler");
}
Decoder::~Decoder() = default;

std::unique_ptr<Instruction> Decoder::decode(std::span<const std::byte> bytes, std::uint64_t address) {
    auto result = std::make_unique<Instruction>();
    Instruction& i = *result;
    i.address = address;
    std::memcpy(i.encoding.data(), bytes.data(), std::min(bytes.size(), sizeof i.encoding));

    llvm::MCInst inst;
    std::uint64_t size = 0;
    const llvm::ArrayRef<std::uint8_t> code(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            bytes.size());
    if (llvm_->disassembler->getInstruction(inst, size, code, address, llvm::nulls()) !=
        llvm::MCDisassembler::Success) {
        i.size = 4;
        i.run = fail_undecodable;
        i.mnemonic = "undecodable";
        return result;
    }
    i.size = static_cast<std::uint8_t>(size);
    const Format format = format_of(chip_, i.encoding[0]);
    if (format == Format::vopd)
        i.mnemonic = interned(llvm_->instructions->getName(inst.getOpcode()));
    else
        i.mnemonic = interned(without_suffixes(llvm_->printer->getMnemonic(&inst).first));

    const llvm::MCInstrDesc& description = llvm_->instructions->get(inst.getOpcode());
    for (unsigned k = 0; k < inst.getNumOperands() && k < description.getNumOperands(); ++k) {
        const llvm::MCOperandInfo& info = description.operands()[k];
        const bool tied = description.getOperandConstraint(k, llvm::MCOI::TIED_TO) != -1;
        if (info.RegClass < 0 || tied) continue;
        Operand operand = llvm_->operand(inst.getOperand(k), info);
        if (operand.unit == Unit::none) continue;
        if (k < description.getNumDefs()) {
            if (operand.unit == Unit::scalar && operand.index == slot::null) operand.index = slot::discard;
            if (i.defs < i.def.size()) i.def[i.defs++] = operand;
        } else if (i.uses < i.use.size()) {
            i.use[i.uses++] = operand;
        }
    }
    read_fields(chip_, format, i);
    const Binding binding{chip_, format, i.mnemonic};
    if (!bind(binding, i)) {
        i.run = fail_unimplemented;
        i.operation = nullptr;
    }
    for (int k = 0; k < i.defs; ++k) add_range(i, i.def[static_cast<std::size_t>(k)], true);
    for (int k = 0; k < i.uses; ++k) add_range(i, i.use[static_cast<std::size_t>(k)], false);
    if (i.second) {
        add_range(i, i.second->def[0], true);
        for (int k = 0; k < i.second->uses; ++k)
            add_range(i, i.second->use[static_cast<std::size_t>(k)], false);
    }
    for (const auto reg : description.implicit_uses())
        add_range(i, register_operand(llvm_->registers->getName(reg)), false);
    for (const auto reg : description.implicit_defs())
        add_range(i, register_operand(llvm_->registers->getName(reg)), true);
    prepare_wait_states(chip_, i);
    return result;
}

std::string Decoder::text(const Instruction& i) const {
    llvm::MCInst inst;
    std::uint64_t size = 0;
    const llvm::ArrayRef<std::uint8_t> code(reinterpret_cast<const std::uint8_t*>(i.encoding.data()), i.size);
    if (llvm_->disassembler->getInstruction(inst, size, code, i.address, llvm::nulls()) !=
        llvm::MCDisassembler::Success)
        return ".long " + encoding_text(i);
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvm_->printer->printInst(&inst, i.address, "", *llvm_->subtarget, stream);
    stream.flush();
    text.erase(0, std::min(text.find_first_not_of(" \t"), text.size()));
    std::replace(text.begin(), text.end(), '\t', ' ');
    return text + "  // " + encoding_text(i);
}

bool is_unimplemented(const Instruction& i) { return i.run == fail_unimplemented; }

}  // namespace sporkle::amdgpu::emulator
