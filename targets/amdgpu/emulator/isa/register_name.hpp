// LLVM's names of AMDGPU registers → operands.
#pragma once

#include <string_view>

#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

/// "VGPR3_VGPR4", "SGPR7", "VCC_LO", "M0_gfx11plus", …; Unit::none for registers that programs do not name as
/// operands, such as MODE or SCC.
Operand register_operand(std::string_view name);

}  // namespace sporkle::amdgpu::emulator
