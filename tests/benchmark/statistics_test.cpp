#include "tools/benchmark/measure/statistics.hpp"

#include <gtest/gtest.h>

namespace sporkle::bench {
namespace {

TEST(Statistics, MedianOfOddAndEvenCounts) {
    EXPECT_EQ(summarise({3, 1, 2}).median, 2);
    EXPECT_EQ(summarise({4, 1, 3, 2}).median, 2.5);
    EXPECT_EQ(summarise({7}).median, 7);
}

TEST(Statistics, ExtremesAndCount) {
    const Summary s = summarise({5, -1, 9, 2});
    EXPECT_EQ(s.minimum, -1);
    EXPECT_EQ(s.maximum, 9);
    EXPECT_EQ(s.count, 4);
}

TEST(Statistics, NothingGivesZeros) {
    const Summary s = summarise({});
    EXPECT_EQ(s.count, 0);
    EXPECT_EQ(s.median, 0);
}

}  // namespace
}  // namespace sporkle::bench
