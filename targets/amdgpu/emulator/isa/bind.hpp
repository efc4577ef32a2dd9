// From a decoded instruction to what executes it: each family knows its mnemonics.
#pragma once

#include <string_view>

#include "targets/amdgpu/emulator/isa/encoding.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

struct Binding {
    const Chip& chip;
    Format format;
    std::string_view name;  ///< the mnemonic without suffixes
};

// Each returns false where the mnemonic is none of the family's; else it has set run, operation and kind.
bool bind_scalar(const Binding& binding, Instruction& instruction);
bool bind_scalar_control(const Binding& binding, Instruction& instruction);
bool bind_scalar_memory(const Binding& binding, Instruction& instruction);
bool bind_wait(const Binding& binding, Instruction& instruction);
bool bind_vector(const Binding& binding, Instruction& instruction);
bool bind_lane_exchange(const Binding& binding, Instruction& instruction);
bool bind_indexed(const Binding& binding, Instruction& instruction);
bool bind_mfma(const Binding& binding, Instruction& instruction);
bool bind_wmma(const Binding& binding, Instruction& instruction);
bool bind_lds(const Binding& binding, Instruction& instruction);
bool bind_global(const Binding& binding, Instruction& instruction);
bool bind_buffer(const Binding& binding, Instruction& instruction);

/// Tries them all.
bool bind(const Binding& binding, Instruction& instruction);

}  // namespace sporkle::amdgpu::emulator
