// Free ranges against a map of single bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "targets/spirv/run/ranges.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::testing {
namespace {

using spirv::vulkan::Ranges;

TEST(Ranges, GivesAllAndTakesItBack) {
    Ranges ranges(10, 110);
    EXPECT_EQ(ranges.take(101), std::nullopt);
    EXPECT_EQ(ranges.take(100), 10u);
    EXPECT_EQ(ranges.take(1), std::nullopt);
    ranges.give(10, 100);
    EXPECT_TRUE(ranges.all_free());
    EXPECT_EQ(ranges.largest_free(), 100u);
}

TEST(Ranges, PrefersTheSmallestThatFits) {
    Ranges ranges(0, 100);
    ASSERT_EQ(ranges.take(30), 0u);
    ASSERT_EQ(ranges.take(10), 30u);
    ASSERT_EQ(ranges.take(20), 40u);
    ASSERT_EQ(ranges.take(10), 60u);
    ranges.give(0, 30);
    ranges.give(40, 20);
    EXPECT_EQ(ranges.take(20), 40u);
    EXPECT_EQ(ranges.take(25), 0u);
}

TEST(Ranges, AgreesWithSingleBytes) {
    constexpr std::uint64_t begin = 7, size = 400;
    const unsigned seed = test_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Ranges ranges(begin, begin + size);
    std::vector<bool> used(begin + size, false);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> taken;
    for (int step = 0; step < 20000; ++step) {
        if (taken.empty() || random() % 2 == 0) {
            const std::uint64_t bytes = 1 + random() % 40;
            std::uint64_t run = 0, longest = 0;
            for (std::uint64_t at = begin; at < begin + size; ++at) {
                run = used[at] ? 0 : run + 1;
                longest = std::max(longest, run);
            }
            ASSERT_EQ(ranges.largest_free(), longest);
            const auto offset = ranges.take(bytes);
            ASSERT_EQ(offset.has_value(), bytes <= longest);
            if (!offset) continue;
            for (std::uint64_t at = *offset; at < *offset + bytes; ++at) {
                ASSERT_GE(at, begin);
                ASSERT_LT(at, begin + size);
                ASSERT_FALSE(used[at]);
                used[at] = true;
            }
            taken.emplace_back(*offset, bytes);
        } else {
            std::swap(taken[random() % taken.size()], taken.back());
            const auto [offset, bytes] = taken.back();
            taken.pop_back();
            ranges.give(offset, bytes);
            std::fill_n(used.begin() + static_cast<std::ptrdiff_t>(offset), bytes, false);
        }
    }
    for (const auto& [offset, bytes] : taken) ranges.give(offset, bytes);
    EXPECT_TRUE(ranges.all_free());
    EXPECT_EQ(ranges.largest_free(), size);
}

}  // namespace
}  // namespace sporkle::testing
