// Bytes → Instruction, with LLVM's disassembler. LLVM says which instruction it is, how long, and which
// registers and constants are its operands; modifiers and immediates are read from the encoding
// (encoding.hpp), for LLVM does not name its operands outside of its own sources.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

class Decoder {
  public:
    /// Throws Error(unsupported) if this LLVM has no AMDGPU disassembler.
    Decoder(const Chip& chip, int wave_size);
    ~Decoder();

    /// Never null: bytes that are no instruction give one that fails when executed.
    std::unique_ptr<Instruction> decode(std::span<const std::byte> bytes, std::uint64_t address);
    std::string text(const Instruction& instruction) const;

  private:
    struct Llvm;
    const Chip& chip_;
    std::unique_ptr<Llvm> llvm_;
};

/// Decoded, but nothing executes it.
bool is_unimplemented(const Instruction& instruction);

}  // namespace sporkle::amdgpu::emulator
