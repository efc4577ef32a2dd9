// The chips as code generation sees them.
#pragma once

#include <span>
#include <string>

#include "codegen/machine.hpp"
#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::amdgpu {

struct EmitChip {
    codegen::Machine machine;  ///< its architecture is the chip's name and LLVM's -mcpu
    int wave_size = 64;        ///< lanes of a wave in which its kernels run
    Generation generation = Generation::gfx9;
};

/// Oldest first.
std::span<const EmitChip> emit_chips();

/// What LLVM is told of a chip beside its name. Dot products are for functions that multiply matrices with
/// them: where LLVM 19 itself gathers the bytes of a sum of products for one it takes some from the wrong
/// place, as the conformance suite found.
std::string features_of(const EmitChip& chip, bool has_dots = false);

/// Throws Error(unsupported) for an unknown name.
const EmitChip& emit_chip(const std::string& architecture);

}  // namespace sporkle::amdgpu
