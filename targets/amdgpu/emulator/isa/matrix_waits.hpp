// How long the results and operands of matrix instructions (MFMA) must be left alone: gfx90a, gfx942.
#pragma once

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/emulator/isa/instruction.hpp"

namespace sporkle::amdgpu::emulator {

/// The longest of them.
constexpr int longest_matrix_wait = 19;

/// Wait states that a matrix instruction needs behind an earlier one whose result overlaps its operand number
/// `use` (0 and 1 the factors, 2 what is added).
int matrix_after_matrix(const Chip& chip, const Instruction& earlier, const Instruction& later, int use);
/// … that other vector instructions need before they read the result, or memory instructions do.
int read_after_matrix(const Chip& chip, const Instruction& earlier, bool by_memory);
/// … before others overwrite the result,
int write_after_matrix(const Chip& chip, const Instruction& earlier);
/// or what the matrix instruction adds to.
int write_after_matrix_read(const Chip& chip, const Instruction& earlier);

}  // namespace sporkle::amdgpu::emulator
