// gfx9's register indexing mode.
#pragma once

#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

/// Executes an instruction while Wave::register_indexing is set: v_mov_b32 with M0 added to its register
/// numbers, what is not vector arithmetic as ever.
void run_with_index(Wave& wave, const Instruction& instruction);

}  // namespace sporkle::amdgpu::emulator
