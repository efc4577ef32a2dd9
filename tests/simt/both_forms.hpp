// Runs a kernel twice, as its members and as their threads, and compares what it leaves in memory.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"
#include "codegen/simt/distribute.hpp"

namespace sporkle::testing {

/// Memory of the buffers "from" (4096 elements, read) and "to" (4096, written) of i32, and of a task.
struct Blocks {
    static constexpr std::int64_t elements = 4096;
    alignas(64) std::array<std::int32_t, elements> from{}, to{};
    std::vector<std::uint64_t> words = std::vector<std::uint64_t>(8);

    Blocks();
    /// The interpreter's complaint, or nothing. Other global buffers than the first two have no memory.
    std::string run(const tile::Kernel& kernel, std::array<std::int64_t, 3> grid = {1, 1, 1},
                    bool in_place = false);
};

/// A builder of a kernel of `members` members of `threads` threads with the buffers of Blocks.
class TeamKernel {
  public:
    TeamKernel(int members, int threads);

    tile::Value lanes(int n) { return b.lane_ids({DType::i64, static_cast<std::uint16_t>(n)}); }
    tile::Value load(std::int64_t element, int lanes) { return b.load(input, b.integer(element), lanes); }
    void store(tile::Value v, std::int64_t element) { b.store(output, v, b.integer(element)); }
    int add(const char* name, tile::Space space, std::int64_t size) {
        return b.add_buffer({name, space, DType::i32, space == tile::Space::task ? 2 : -1, size, true});
    }

    tile::Builder b;
    int input = 0, output = 1;
};

int count(const tile::Kernel& kernel, tile::Op op);
/// Takes the number-th barrier out.
tile::Kernel without_barrier(tile::Kernel kernel, int number);

/// Distributes the kernel and expects both forms to leave the same behind. Returns the threads' form.
tile::Kernel expect_same(const tile::Kernel& kernel, std::array<std::int64_t, 3> grid = {1, 1, 1},
                         const std::vector<std::uint64_t>& words = std::vector<std::uint64_t>(8));

}  // namespace sporkle::testing
