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
#include "tests/support/guarded.hpp"

namespace sporkle::test {

/// The x86 target of this build.
const codegen::EmitTarget& x86_target();

/// Levels that this CPU can execute, lowest first.
std::vector<std::string> executable_levels();

/// A variant that holds just this kernel. `scratch_words` words at the end of its parameter block are
/// scratch.
codegen::Variant variant_of(tile::Kernel kernel, const std::string& level, int scratch_words = 0);

/// What one global buffer holds before the call.
struct Contents {
    DType dtype = DType::f32;
    std::vector<std::byte> bytes;
    std::int64_t lowest = 0;  ///< element number, relative to the base address, of the first element
};

struct Call {
    std::vector<std::uint64_t> parameters;  ///< base addresses are filled in
    std::vector<Contents> buffers;          ///< one per buffer of the kernel; only global ones are used
    std::int64_t task_bytes = 0;
    std::array<std::int64_t, 3> grid{1, 1, 1};
    int scratch_words = 0;
};

/// Contents of the global buffers after the call. The interpreter's fault fails the test.
std::vector<std::vector<std::byte>> interpreted(const tile::Kernel& kernel, const Call& call);
/// What code of the kernel makes of them. Every buffer lies against an inaccessible page. The call is made in
/// two pieces when there are several tasks.
std::vector<std::vector<std::byte>> executed(const codegen::Code& code, const tile::Kernel& kernel,
                                             const Call& call, Side side);

/// Calls the first entry of emitted code in this process, with no task scratch.
void run_once(const codegen::Code& code, const std::vector<std::uint64_t>& parameters, std::int64_t first = 0,
              std::int64_t last = 1, const std::array<std::int64_t, 3>& grid = {1, 1, 1});

/// Expects machine code at every level that this CPU has, on both sides, to do what the interpreter does: the
/// same bits, but that any NaN equals any NaN.
void expect_as_interpreted(const tile::Kernel& kernel, const Call& call);

/// The bit patterns worth trying of a type: zeros, ones, limits, subnormals, infinities, NaN, halfway cases.
std::vector<std::uint64_t> edge_patterns(DType type);

/// `count` elements with edge values and random bits among them.
Contents random_contents(DType type, std::size_t count, std::mt19937_64& random);

/// Text form of element `index`, for messages.
std::string element_text(DType type, const std::vector<std::byte>& bytes, std::size_t index);
bool same_element(DType type, const std::vector<std::byte>& a, const std::vector<std::byte>& b,
                  std::size_t index);

}  // namespace sporkle::test
