// Runs one Tile IR kernel in the interpreter and as machine code on emulated GPUs, through the runtime's
// driver, and compares.
#pragma once

#include <string>
#include <vector>

#include "codegen/target.hpp"
#include "tests/emit/machine.hpp"

namespace sporkle::test {

inline constexpr const char* all_chips[] = {"gfx906", "gfx90a", "gfx942", "gfx1030", "gfx1100", "gfx1201"};

/// The AMD target of this build.
const codegen::EmitTarget& amdgpu_target();

/// A variant that holds just this kernel.
codegen::Variant chip_variant_of(tile::Kernel kernel, const std::string& chip);

/// Assembly text of the kernel's code.
std::string assembly_of(tile::Kernel kernel, const std::string& chip);

/// As expect_as_interpreted, which takes the six chips in turns, on this one.
void expect_as_interpreted_on(const std::string& chip, const tile::Kernel& kernel, const Call& call);

}  // namespace sporkle::test
