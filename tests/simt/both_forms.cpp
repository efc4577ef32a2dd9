#include "tests/simt/both_forms.hpp"

#include <algorithm>

namespace sporkle::testing {
namespace {

int count_in(const tile::Region& region, tile::Op op) {
    int n = 0;
    for (const tile::Instruction& i : region.body) {
        n += i.op == op;
        for (const tile::Region& inner : i.regions) n += count_in(inner, op);
    }
    return n;
}

/// Counts barriers down and takes the one out at which the count ends.
void take_barrier(tile::Region& region, int& number) {
    for (std::size_t n = 0; n < region.body.size(); ++n) {
        if (region.body[n].op == tile::Op::barrier && number-- == 0) {
            region.body.erase(region.body.begin() + static_cast<std::ptrdiff_t>(n));
            return;
        }
        for (tile::Region& inner : region.body[n].regions) take_barrier(inner, number);
    }
}

}  // namespace

Blocks::Blocks() {
    std::uint32_t state = 12345;
    for (std::int32_t& x : from) {
        state = state * 1664525u + 1013904223u;
        x = static_cast<std::int32_t>(state >> 8) - (1 << 23);
    }
    to.fill(-1);
}

std::string Blocks::run(const tile::Kernel& kernel, std::array<std::int64_t, 3> grid, bool in_place) {
    std::vector<tile::Memory> memory(kernel.buffers.size());
    const auto bytes = [](auto& array) { return reinterpret_cast<std::byte*>(array.data()); };
    memory[0] = {bytes(in_place ? to : from), 0, elements - 1};
    memory[1] = {bytes(to), 0, elements - 1};
    return tile::interpret(kernel, {words, memory, 1 << 14, grid});
}

TeamKernel::TeamKernel(int members, int threads) : b("team", 8) {
    b.set_team(members, threads);
    b.add_buffer({"from", tile::Space::global, DType::i32, 0, 0, false});
    b.add_buffer({"to", tile::Space::global, DType::i32, 1, 0, true});
}

int count(const tile::Kernel& kernel, tile::Op op) { return count_in(kernel.body, op); }

tile::Kernel without_barrier(tile::Kernel kernel, int number) {
    take_barrier(kernel.body, number);
    return kernel;
}

tile::Kernel expect_same(const tile::Kernel& kernel, std::array<std::int64_t, 3> grid,
                         const std::vector<std::uint64_t>& words) {
    Blocks expected, actual;
    expected.words = actual.words = words;
    EXPECT_EQ(expected.run(kernel, grid), "") << print(kernel);
    const tile::Kernel threads = codegen::distribute(kernel);
    EXPECT_EQ(threads.threads, 1);
    EXPECT_EQ(threads.members, kernel.members * kernel.threads);
    EXPECT_EQ(actual.run(threads, grid), "") << print(threads);
    const auto different = std::mismatch(expected.to.begin(), expected.to.end(), actual.to.begin());
    EXPECT_EQ(different.first, expected.to.end())
        << "element " << different.first - expected.to.begin() << " of\n"
        << print(kernel) << print(threads);
    return threads;
}

}  // namespace sporkle::testing
