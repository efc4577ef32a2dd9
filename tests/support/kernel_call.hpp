// A call of one Tile IR kernel: what its buffers hold, what the interpreter makes of them, and values worth
// trying.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "codegen/ir/interpreter.hpp"
#include "codegen/ir/tile.hpp"
#include "tests/support/guarded.hpp"

namespace sporkle::test {

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

/// Copies of a call's buffers in guarded memory, with a parameter block that points to them.
struct CallMemory {
    std::vector<std::unique_ptr<GuardedMemory>> buffers;
    std::vector<tile::Memory> bounds;
    std::vector<std::uint64_t> parameters;

    CallMemory(const tile::Kernel& kernel, const Call& call, Side side);
    std::vector<std::vector<std::byte>> contents() const;
};

/// Contents of the global buffers after the call. The interpreter's fault fails the test.
std::vector<std::vector<std::byte>> interpreted(const tile::Kernel& kernel, const Call& call);

/// Expects every element of every buffer to be the same, but that any NaN equals any NaN. `who` names the
/// machine in messages.
void expect_same(const tile::Kernel& kernel, const std::vector<std::vector<std::byte>>& expected,
                 const std::vector<std::vector<std::byte>>& actual, const std::string& who);

/// The bit patterns worth trying of a type: zeros, ones, limits, subnormals, infinities, NaN, halfway cases.
std::vector<std::uint64_t> edge_patterns(DType type);

/// `count` elements with edge values and random bits among them.
Contents random_contents(DType type, std::size_t count, std::mt19937_64& random);

/// Text form of element `index`, for messages.
std::string element_text(DType type, const std::vector<std::byte>& bytes, std::size_t index);
bool same_element(DType type, const std::vector<std::byte>& a, const std::vector<std::byte>& b,
                  std::size_t index);

}  // namespace sporkle::test
