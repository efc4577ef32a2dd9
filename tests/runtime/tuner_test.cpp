// The tuner's decisions on invented times.
#include "runtime/select/tuner.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace sporkle::runtime {
namespace {

/// Runs a tuner to its decision. Returns the number of samples taken.
int decide(Tuner& tuner, const std::function<double(std::size_t)>& time) {
    int samples = 0;
    while (const auto candidate = tuner.next()) {
        tuner.record(*candidate, time(*candidate));
        if (++samples > 100000) break;
    }
    return samples;
}

TEST(Tuner, RunsASingleCandidateOnce) {
    Tuner tuner(1, false);
    EXPECT_FALSE(tuner.decision().has_value());  // it might fail
    EXPECT_EQ(decide(tuner, [](std::size_t) { return 1.0; }), 1);
    EXPECT_EQ(tuner.decision(), 0u);
    Tuner none(0, false);
    EXPECT_FALSE(none.decision().has_value());
    EXPECT_FALSE(none.next().has_value());
}

TEST(Tuner, FindsTheFastest) {
    const double times[] = {5e-3, 2e-3, 9e-3, 2.1e-3, 4e-3};
    Tuner tuner(5, false);
    const int samples = decide(tuner, [&](std::size_t c) { return times[c]; });
    EXPECT_EQ(tuner.decision(), 1u);
    EXPECT_LT(samples, 80);
    EXPECT_TRUE(tuner.summary(2).dropped);
    EXPECT_LT(tuner.summary(2).samples, 5);  // clearly slower: it left early
    EXPECT_EQ(tuner.summary(1).median, 2e-3);
}

TEST(Tuner, DoesNotRepeatWhatIsSlowAndLong) {
    const double times[] = {0.010, 0.500};  // a single sample says enough
    Tuner tuner(2, false);
    decide(tuner, [&](std::size_t c) { return times[c]; });
    EXPECT_EQ(tuner.decision(), 0u);
    EXPECT_EQ(tuner.summary(1).samples, 1);
}

TEST(Tuner, ForgivesFirstSamplesAndDisturbances) {
    // Every seventh call is disturbed, wherever that begins; four candidates meet it in turn.
    for (int phase = 0; phase < 7; ++phase) {
        int calls = 0;
        std::vector<int> taken(4);
        Tuner tuner(4, false);
        decide(tuner, [&](std::size_t c) {
            const double base = c == 3 ? 100e-6 : 140e-6 + 10e-6 * static_cast<double>(c);
            const bool disturbed = calls++ % 7 == phase;
            if (taken[c]++ == 0) return 8 * base;  // cold caches
            return base * (1 + 0.01 * (calls % 5)) + (disturbed ? 5e-3 : 0);
        });
        ASSERT_EQ(tuner.decision(), 3u) << "phase " << phase;
    }
}

TEST(Tuner, MeetsAllCandidatesWithAChangeOfTheMachine) {
    // The whole machine becomes twice as slow in the middle: the fastest stays the fastest.
    int sample = 0;
    Tuner tuner(3, false);
    decide(tuner,
           [&](std::size_t c) { return (10e-3 + 1e-3 * static_cast<double>(c)) * (++sample > 12 ? 2 : 1); });
    EXPECT_EQ(tuner.decision(), 0u);
}

TEST(Tuner, ConfirmsTheFinalistsInAlternation) {
    Tuner tuner(2, false);
    std::vector<std::size_t> order;
    decide(tuner, [&](std::size_t c) {
        order.push_back(c);
        return c == 0 ? 1.00e-3 : 0.99e-3;
    });
    EXPECT_EQ(tuner.decision(), 1u);
    for (std::size_t n = 1; n < order.size(); ++n) EXPECT_NE(order[n], order[n - 1]);
}

TEST(Tuner, LeavesOutWhatFailed) {
    Tuner tuner(3, false);
    tuner.exclude(0);
    while (const auto candidate = tuner.next()) {
        ASSERT_NE(*candidate, 0u);
        if (*candidate == 1) {
            tuner.abandon(1);
            tuner.exclude(1);
        } else {
            tuner.record(2, 1.0);
        }
    }
    EXPECT_EQ(tuner.decision(), 2u);
    tuner.exclude(2);
    EXPECT_FALSE(tuner.decision().has_value());
    EXPECT_FALSE(tuner.next().has_value());
}

TEST(Tuner, DropsWhatIsKnownToBeSlower) {
    Tuner tuner(3, false);
    EXPECT_EQ(tuner.next(), 0u);
    tuner.record(0, 1e-3);
    tuner.drop(2);
    const int samples = decide(tuner, [](std::size_t c) { return c == 1 ? 1e-4 : 1e-3; });
    EXPECT_GT(samples, 0);
    EXPECT_EQ(tuner.decision(), 1u);
    EXPECT_TRUE(tuner.summary(2).dropped);
    EXPECT_EQ(tuner.summary(2).samples, 0);
    Tuner two(2, false);  // the last one needs a sample before it is the decision
    two.drop(1);
    EXPECT_FALSE(two.decision().has_value());
    EXPECT_EQ(two.next(), 0u);
    two.record(0, 1e-3);
    EXPECT_EQ(two.decision(), 0u);
}

TEST(Tuner, TakesSlowerOnesBackWhenTheFastestFails) {
    Tuner tuner(2, false);
    decide(tuner, [](std::size_t c) { return c == 0 ? 1e-3 : 9e-3; });
    ASSERT_EQ(tuner.decision(), 0u);
    tuner.exclude(0);
    EXPECT_EQ(tuner.decision(), 1u);
}

TEST(Tuner, CountsTimesFromEarlierProcesses) {
    Tuner tuner(2, false);
    for (int n = 0; n < 40; ++n) {
        tuner.record(0, 1e-3);
        tuner.record(1, 2e-3);
    }
    EXPECT_EQ(tuner.decision(), 0u);
}

TEST(Tuner, AllowsSeveralCallsUnderWay) {
    Tuner tuner(3, false);
    const auto a = tuner.next(), b = tuner.next(), c = tuner.next(), d = tuner.next();
    EXPECT_EQ(a, 0u);
    EXPECT_EQ(b, 1u);
    EXPECT_EQ(c, 2u);
    EXPECT_EQ(d, 0u);
    tuner.record(1, 1e-3);
    tuner.abandon(0);
    EXPECT_EQ(tuner.next(), 0u);
}

}  // namespace
}  // namespace sporkle::runtime
