// Runs one Tile IR kernel in the interpreter and as machine code on copies of the same memory, and compares.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "codegen/ir/tile.hpp"
#include "codegen/target.hpp"
#include "tests/emit/machine.hpp"

namespace sporkle::test {

/// The x86 target of this build.
const codegen::EmitTarget& x86_target();

/// Levels that this CPU can execute, lowest first.
std::vector<std::string> executable_levels();

/// A variant that holds just this kernel. `scratch_words` words at the end of its parameter block are
/// scratch.
codegen::Variant variant_of(tile::Kernel kernel, const std::string& level, int scratch_words = 0);

/// What code of the kernel makes of them. Every buffer lies against an inaccessible page. The call is made in
/// two pieces when there are several tasks.
std::vector<std::vector<std::byte>> executed(const codegen::Code& code, const tile::Kernel& kernel,
                                             const Call& call, Side side);

/// Calls the first entry of emitted code in this process, with no task scratch.
void run_once(const codegen::Code& code, const std::vector<std::uint64_t>& parameters, std::int64_t first = 0,
              std::int64_t last = 1, const std::array<std::int64_t, 3>& grid = {1, 1, 1});

}  // namespace sporkle::test
