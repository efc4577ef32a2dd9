#include "tools/benchmark/measure/team.hpp"

#include <gtest/gtest.h>

namespace sporkle::bench {
namespace {

TEST(Team, EveryThreadRunsOnceARun) {
    for (const int size : {1, 2, 5}) {
        Team team(size);
        ASSERT_EQ(team.size(), size);
        std::vector<std::atomic<int>> runs(static_cast<std::size_t>(size));
        for (int repeat = 0; repeat < 50; ++repeat) {
            const auto& seconds = team.run([&](int thread) { ++runs[static_cast<std::size_t>(thread)]; });
            ASSERT_EQ(seconds.size(), static_cast<std::size_t>(size));
            for (const double s : seconds) EXPECT_GE(s, 0);
        }
        for (const auto& count : runs) EXPECT_EQ(count, 50);
    }
}

TEST(Team, NoThreadIsRoundedUpToOne) { EXPECT_EQ(Team(0).size(), 1); }

}  // namespace
}  // namespace sporkle::bench
