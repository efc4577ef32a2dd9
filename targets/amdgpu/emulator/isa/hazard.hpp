// Checks an instruction's registers against outstanding memory operations before it executes.
#pragma once

#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

/// Throws WaveFault(hazard) that names the register.
void check_hazards(const Wave& wave, const Instruction& instruction);

/// Counters that a memory operation raises on a chip.
std::uint8_t scalar_memory_counter(const Chip& chip);
std::uint8_t load_counter();
std::uint8_t store_counter(const Chip& chip);
std::uint8_t lds_counter();

/// Records a memory operation of the instruction; `target` null for stores.
void issue(Wave& wave, std::uint8_t counters, OperationKind kind, const Operand* target, int latency);

}  // namespace sporkle::amdgpu::emulator
