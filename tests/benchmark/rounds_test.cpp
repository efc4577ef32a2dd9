#include "tools/benchmark/measure/rounds.hpp"

#include <gtest/gtest.h>

#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {
namespace {

Contender busy(const std::string& name, double seconds, std::vector<std::string>* order = nullptr) {
    return contender(name, [=] {
        if (order) order->push_back(name);
        for (const double end = now() + seconds; now() < end;) {
        }
    });
}

RoundOptions quick(int rounds) {
    RoundOptions options;
    options.rounds = rounds;
    options.batch_seconds = 1e-6;  // one execution a sample
    return options;
}

TEST(Rounds, EveryContenderGetsEveryRound) {
    const Measurement m = measure({busy("a", 1e-4), busy("b", 2e-4)}, {}, quick(5));
    ASSERT_EQ(m.timings.size(), 2u);
    for (const Timing& timing : m.timings) {
        EXPECT_EQ(timing.seconds.count, 5) << timing.name;
        EXPECT_EQ(timing.of_limit.count, 0);
        EXPECT_EQ(timing.round_times.size(), 5u);
    }
    EXPECT_GE(m.timings[0].seconds.minimum, 1e-4);
    EXPECT_GE(m.timings[1].seconds.minimum, 2e-4);
    EXPECT_FALSE(m.disturbed);
    EXPECT_EQ(m.dropped, 0);
}

TEST(Rounds, OrderRotates) {
    std::vector<std::string> order;
    measure({busy("a", 1e-5, &order), busy("b", 1e-5, &order), busy("c", 1e-5, &order)}, {}, quick(3));
    // The last nine executions are the three rounds; what stands before is the calibration.
    ASSERT_GE(order.size(), 9u);
    const std::vector<std::string> rounds(order.end() - 9, order.end());
    EXPECT_EQ(rounds, (std::vector<std::string>{"a", "b", "c", "b", "c", "a", "c", "a", "b"}));
}

TEST(Rounds, RatioToTheLimit) {
    const Measurement m = measure(
        {busy("a", 1e-3)}, [] { return 0.5e-3; }, quick(3));
    EXPECT_LE(m.timings[0].of_limit.maximum, 0.5);
    EXPECT_GT(m.timings[0].of_limit.maximum, 0.0);
    EXPECT_EQ(m.limit_seconds.median, 0.5e-3);
}

// Every fifth reading of the limit says that the machine ran at half speed just then.
TEST(Rounds, DisturbedSamplesAreTakenAgain) {
    int calls = 0;
    const Measurement m = measure(
        {busy("a", 1e-5)}, [&] { return ++calls % 5 == 0 ? 2e-3 : 1e-3; }, quick(6));
    EXPECT_GT(m.dropped, 0);
    EXPECT_EQ(m.timings[0].seconds.count, 6);
    EXPECT_EQ(m.limit_seconds.maximum, 1e-3);  // no halved limit is in the average
}

TEST(Rounds, ARowThatIsDisturbedThroughoutSaysSo) {
    int calls = 0;
    const Measurement m = measure(
        {busy("a", 1e-5)}, [&] { return ++calls == 1 ? 1e-3 : 2e-3; }, quick(6));
    EXPECT_TRUE(m.disturbed);
    EXPECT_EQ(m.timings[0].seconds.count, 0);
}

// A GPU's contender brings its own clock, and the process's is not asked.
TEST(Rounds, AContenderMayBringItsOwnClock) {
    long most = 0;
    const Contender own{"own", {}, true, [&](long times) {
                            most = std::max(most, times);
                            return 0.5e-6 * double(times);
                        }};
    RoundOptions options;
    options.rounds = 3;
    options.batch_seconds = 1e-3;
    const Measurement m = measure({own}, {}, options);
    EXPECT_DOUBLE_EQ(m.timings[0].seconds.median, 0.5e-6);
    EXPECT_EQ(m.timings[0].seconds.count, 3);
    EXPECT_NEAR(double(most), 2000, 100);
}

TEST(Rounds, SpeedupUsesSharedRounds) {
    Timing a, b;
    a.round_times = {{0, 1.0}, {1, 1.0}, {2, 5.0}};
    b.round_times = {{0, 2.0}, {1, 4.0}, {3, 100.0}};
    EXPECT_EQ(speedup(a, b), 3.0);
    EXPECT_EQ(speedup(a, Timing{}), 0.0);
}

}  // namespace
}  // namespace sporkle::bench
