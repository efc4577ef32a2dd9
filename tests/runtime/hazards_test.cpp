// Between any two launches of which one writes what the other touches stands a barrier, and no barrier stands
// where there is no such pair.
#include "runtime/hazards.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/seed.hpp"

namespace sporkle::runtime {
namespace {

using Memory = std::vector<Touched>;

Touched reads(std::uint64_t begin, std::uint64_t end) { return {begin, end, false}; }
Touched writes(std::uint64_t begin, std::uint64_t end) { return {begin, end, true}; }

/// For each launch, whether a barrier stands before it.
std::vector<bool> barriers(const std::vector<Memory>& launches) {
    Hazards hazards;
    std::vector<bool> result;
    for (const Memory& memory : launches) result.push_back(hazards.demand_barrier(memory));
    return result;
}

bool depend(const Memory& x, const Memory& y) {
    if (x.empty() || y.empty()) return true;
    for (const Touched& a : x)
        for (const Touched& b : y)
            for (std::uint64_t byte = a.begin; byte < a.end; ++byte)
                if (byte >= b.begin && byte < b.end && (a.writes || b.writes)) return true;
    return false;
}

TEST(Hazards, OfEachKind) {
    const Memory in = {reads(0, 10)}, out = {writes(5, 6)}, beside = {writes(10, 20)};
    EXPECT_EQ(barriers({in, in}), (std::vector{false, false}));
    EXPECT_EQ(barriers({out, in}), (std::vector{false, true}));   // read after write
    EXPECT_EQ(barriers({in, out}), (std::vector{false, true}));   // write after read
    EXPECT_EQ(barriers({out, out}), (std::vector{false, true}));  // write after write
    EXPECT_EQ(barriers({in, beside, out}), (std::vector{false, false, true}));
    EXPECT_EQ(barriers({out, beside, in, in, beside}), (std::vector{false, false, true, false, false}));
    EXPECT_EQ(barriers({in, {}, in}), (std::vector{false, true, true}));  // who knows
}

TEST(Hazards, AreAllMetAndNoneInvented) {
    std::mt19937_64 random(testing::test_seed());
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t bytes = 8 + random() % 100;
        std::vector<Memory> launches(40);
        for (Memory& memory : launches)
            for (std::uint64_t n = random() % 4; n > 0; --n) {
                const std::uint64_t begin = random() % bytes;
                memory.push_back({begin, begin + 1 + random() % 8, random() % 3 == 0});
            }
        const std::vector<bool> before = barriers(launches);
        std::size_t last = 0;  // the first launch behind the last barrier
        for (std::size_t now = 0; now < launches.size(); ++now) {
            bool due = false;
            for (std::size_t n = last; n < now; ++n) due = due || depend(launches[n], launches[now]);
            EXPECT_EQ(before[now], due) << "launch " << now;
            if (before[now]) last = now;
        }
    }
}

TEST(Hazards, AreFewAmongManyIndependentLaunches) {
    Hazards hazards;
    int count = 0;
    for (std::uint64_t n = 0; n < 10000; ++n) {
        const Memory memory = {reads(0, 8), writes(8 + n, 9 + n)};
        count += hazards.demand_barrier(memory);
    }
    EXPECT_LT(count, 100);
}

}  // namespace
}  // namespace sporkle::runtime
