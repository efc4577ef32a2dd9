// Instruction formats and their fields: modifiers, immediates, cache bits. From the "microcode formats"
// chapters of the manuals named in chip.hpp.
#pragma once

#include <cstdint>

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

enum class Format : std::uint8_t {
    sop1,
    sop2,
    sopk,
    sopc,
    sopp,
    smem,
    vop1,
    vop2,
    vopc,
    vop3,
    vop3p,
    vopd,
    ds,
    flat,
    mubuf,
    other,
};

Format format_of(const Chip& chip, std::uint32_t word);

/// Fills modifiers, dpp, sdwa, offset, offset2, policy from instruction.encoding. `mnemonic` tells VOP3 forms
/// with a scalar destination apart.
void read_fields(const Chip& chip, Format format, Instruction& instruction);

/// Flags of buffer instructions in Instruction::flags.
constexpr std::uint8_t buffer_offset_enable = 1, buffer_index_enable = 2, buffer_lds = 4, buffer_tfe = 8;

}  // namespace sporkle::amdgpu::emulator
