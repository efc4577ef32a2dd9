#include <gtest/gtest.h>

#include "tools/benchmark/limits/bandwidth.hpp"
#include "tools/benchmark/limits/fma_peak.hpp"

namespace sporkle::bench {
namespace {

// Orders of magnitude only: a slower loop than one flop a nanosecond, or a faster one than ten thousand,
// would be a mistake in counting or a loop that the compiler threw away.
TEST(Limits, FmaRateIsPlausible) {
    Team team(1);
    const auto loops = fma_loops();
    ASSERT_FALSE(loops.empty());
    EXPECT_EQ(loops.front().level, "x86-64-v2");
    for (const FmaLoop& loop : loops) {
        const double rate = fma_rate(loop, team);
        EXPECT_GT(rate, 1e8) << loop.level;
        EXPECT_LT(rate, 1e13) << loop.level;
    }
}

TEST(Limits, BandwidthIsPlausible) {
    for (const int threads : {1, 2}) {
        Team team(threads);
        for (const std::size_t bytes : {std::size_t(1), std::size_t(4096), std::size_t(1) << 20}) {
            CopyLimit copy(bytes, team);
            EXPECT_GT(copy.rate(), 1e6) << bytes;
            EXPECT_LT(copy.rate(), 1e14) << bytes;
            EXPECT_FALSE(copy.method().empty());
            ReadLimit read(bytes, team);
            EXPECT_GT(read.rate(), 1e6) << bytes;
            EXPECT_LT(read.rate(), 1e14) << bytes;
        }
    }
}

}  // namespace
}  // namespace sporkle::bench
