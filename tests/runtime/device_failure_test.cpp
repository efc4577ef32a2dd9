// Devices that fail: what a call, a session and an application see of it.
#include "tests/runtime/device_fixture.hpp"

namespace sporkle::test {
namespace {

class DeviceFailure : public DeviceTest {
  protected:
    DeviceFailure() {
        options.log = [this](LogLevel level, std::string_view message) {
            if (level == LogLevel::warning) warnings.emplace_back(message);
        };
        fill(a.flat());
        b.fill(1.0f);
    }
    bool right() const {
        for (int r = 0; r < 64; ++r) {
            float sum = 0;
            for (int k = 0; k < 64; ++k) sum += a(r, k);
            if (c(r, 11) != sum) return false;
        }
        return true;
    }
    /// The best guess for the call.
    std::string first_schedule() {
        device().run(product, a, b, c);
        return ctx().report(product).workloads.at(0).candidates.at(0).choice.schedule;
    }
    Array<float, 2> a{{64, 64}}, b{{64, 64}}, c{{64, 64}};
};

TEST_F(DeviceFailure, VariantsThatTheDeviceRefusesAreLeftOut) {
    const std::string refused = first_schedule();
    release();
    pretended().refuses = [&](const std::string& schedule) { return schedule == refused; };
    for (const Mode mode : {Mode::estimate, Mode::measure}) {
        warnings.clear();
        options.mode = mode;
        if (mode == Mode::measure) options.wisdom = folder / "wisdom.sqlite";
        for (int call = 0; call < 60; ++call) {
            c.fill(-1.0f);
            device().run(product, a, b, c);
            ASSERT_TRUE(right());
        }
        ASSERT_GE(warnings.size(), 1u);
        EXPECT_TRUE(contains(warnings[0], refused) && contains(warnings[0], "lacks what")) << warnings[0];
        const WorkloadReport report = ctx().report(product).workloads.at(0);
        for (const CandidateReport& candidate : report.candidates)
            EXPECT_EQ(candidate.state == CandidateState::failed, candidate.choice.schedule == refused)
                << candidate.choice.schedule;
        release();
    }
}

/// However many of those that the model likes better the device refuses.
TEST_F(DeviceFailure, TheLastVariantServesWhereTheOthersAreRefused) {
    device().run(product, a, b, c);
    std::vector<std::string> schedules;  // as the model likes them
    const WorkloadReport liked = ctx().report(product).workloads.at(0);
    for (const CandidateReport& candidate : liked.candidates)
        if (std::find(schedules.begin(), schedules.end(), candidate.choice.schedule) == schedules.end())
            schedules.push_back(candidate.choice.schedule);
    release();
    const std::string last = schedules.back();
    pretended().refuses = [&](const std::string& schedule) { return schedule != last; };
    for (const Mode mode : {Mode::estimate, Mode::measure}) {
        options.mode = mode;
        c.fill(-1.0f);
        for (int call = 0; call < 60; ++call) device().run(product, a, b, c);
        EXPECT_TRUE(right());
        const WorkloadReport report = ctx().report(product).workloads.at(0);
        ASSERT_GE(report.chosen, 0);
        EXPECT_EQ(report.candidates.at(static_cast<std::size_t>(report.chosen)).choice.schedule, last);
        release();
    }
}

TEST_F(DeviceFailure, WhatADeviceHasRefusedItIsNotAskedAgain) {
    pretended().refuses = [](const std::string&) { return true; };
    device().run(product, a, b, c);
    EXPECT_TRUE(right());  // on the reference
    EXPECT_EQ(ctx().report(product).workloads.at(0).candidates.back().choice.schedule, "reference");
    const long loads = pretended().loads;
    auto wide = ctx().array<float>({64, 64});
    device().run(product, a.transpose(), b, wide);
    EXPECT_EQ(pretended().loads, loads);
}

TEST_F(DeviceFailure, InTheMiddleOfASessionAnotherDeviceGoesOn) {
    auto call = ctx().prepare(product, a, b, c);
    ctx().pin(product, {.device = "pretended:0"});
    release();
    // All devices, the pretended one first because the arguments lie there.
    auto da = device().array<float>({64, 64}), db = device().array<float>({64, 64});
    da.copy_from(a);
    db.copy_from(b);
    auto prepared = ctx().prepare(product, da, db, c);
    prepared();
    EXPECT_EQ(pretended().launches, 1);
    EXPECT_TRUE(right());
    pretended().runs_until_failure = 0;
    for (int round = 0; round < 3; ++round) {
        c.fill(-1.0f);
        prepared();
        ASSERT_TRUE(right());
        c.fill(-1.0f);
        ctx().run(product, da, db, c);
        ASSERT_TRUE(right());
    }
    EXPECT_EQ(pretended().launches, 1);
    ASSERT_FALSE(warnings.empty());
    EXPECT_TRUE(contains(warnings[0], "as it was told to")) << warnings[0];
}

TEST_F(DeviceFailure, OfTheOnlyDeviceIsReported) {
    const std::string schedule = first_schedule();
    pretended().runs_until_failure = 0;
    for (int round = 0; round < 2; ++round) {
        const Thrown thrown = thrown_by([&] { device().run(product, a, b, c); });
        EXPECT_EQ(thrown.code, ErrorCode::device_failure);
        EXPECT_TRUE(contains(thrown.message, "as it was told to")) << thrown.message;
    }
    auto prepared = device().prepare(saxpy, 1.0f, a.flat(), a.flat(), b.flat());
    EXPECT_EQ(thrown_by([&] { prepared(); }).code, ErrorCode::device_failure);
    ctx().pin(product, {.device = "pretended:1", .schedule = schedule});
    pretended(1).runs_until_failure = 0;
    EXPECT_EQ(thrown_by([&] { ctx().run(product, a, b, c); }).code, ErrorCode::device_failure);
    pretended(1).runs_until_failure = -1;  // it may come back
    ctx().run(product, a, b, c);
    EXPECT_TRUE(right());
}

TEST_F(DeviceFailure, WhileTransferringLeavesTheOutputsAlone) {
    c.fill(-3.0f);
    for (int transfers = 0; transfers < 3; ++transfers) {
        pretended().transfers_until_failure = transfers;
        EXPECT_EQ(thrown_by([&] { device().run(product, a, b, c); }).code, ErrorCode::device_failure);
        pretended().transfers_until_failure = -1;
        for (const float element : c) ASSERT_EQ(element, -3.0f);
    }
    device().run(product, a, b, c);
    EXPECT_TRUE(right());
}

TEST_F(DeviceFailure, ACallThatHasOverwrittenItsInputsIsNotRunAgain) {
    auto x = device().array<float>({50000}), y = device().array<float>({50000});
    pretended().runs_until_failure = 0;
    EXPECT_EQ(thrown_by([&] { ctx().run(saxpy, 1.0f, x, y, x); }).code, ErrorCode::device_failure);
    pretended().runs_until_failure = -1;
    ctx().run(saxpy, 1.0f, x, y, x);  // the device is no longer trusted with it; the next one does it
    EXPECT_TRUE(contains(warnings.at(0), "left out")) << warnings[0];
}

TEST_F(DeviceFailure, TooLittleMemoryIsAnErrorOrAnotherDevicesCall) {
    pretended(0).room = pretended(1).room = 10000;
    EXPECT_EQ(thrown_by([&] { device().run(product, a, b, c); }).code, ErrorCode::out_of_memory);
    ctx().run(product, a, b, c);
    EXPECT_TRUE(right());
    EXPECT_EQ(pretended().live_buffers, 0);
}

TEST_F(DeviceFailure, MemoryThatOtherWorkloadsKeepIsGivenBack) {
    pretended().room = 60000;
    for (int n = 40; n < 70; ++n) {
        auto x = ctx().array<float>({n, n}), y = ctx().array<float>({n, n}),
             expected = ctx().array<float>({n, n});
        fill(x.flat());
        device().run(product, x, x.transpose(), y);
        ctx().on("cpu").run(product, x, x.transpose(), expected);
        ASSERT_TRUE(std::equal(y.begin(), y.end(), expected.begin()));
    }
}

TEST_F(DeviceFailure, FewerArenasWhereThereIsLittleMemory) {
    // A variant with scratch for each task, of which several run at once. Of 200 x 600 there are enough.
    auto wide = ctx().array<float>({200, 600}), result = ctx().array<float>({200, 600});
    auto left = ctx().array<float>({200, 200});
    fill(wide.flat());
    left.fill(0.5f);
    const auto run = [&] { ctx().run(product, left, wide, result); };
    pretended().arenas = 64;
    Choice wanted;
    for (const VariantInfo& variant : ctx().variants(product)) {
        if (variant.choice.device != "pretended:0" || pretended().most_arenas > 3) continue;
        ctx().pin(product, wanted = variant.choice);
        try {
            run();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();  // it does not fit
        }
    }
    ASSERT_GT(pretended().most_arenas, 3);
    const std::vector<float> expected(result.begin(), result.end());
    const auto arena = static_cast<std::size_t>(pretended().arena_bytes);
    const std::size_t operands = 4 * (200 * 200 + 2 * 200 * 600);
    const auto run_with = [&](std::size_t room) {
        release();
        pretended().forget();
        pretended().room = room;
        ctx().pin(product, wanted);
        result.fill(-1.0f);
        run();
    };
    run_with(operands + 3 * arena);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), result.begin()));
    EXPECT_GE(pretended().most_arenas, 1);
    EXPECT_LE(pretended().most_arenas, 3);
    EXPECT_EQ(thrown_by([&] { run_with(operands + arena / 2); }).code, ErrorCode::out_of_memory);
}

TEST_F(DeviceFailure, ADeviceStaysWithTheParentOfAFork) {
    if (!forks_may_start_threads) GTEST_SKIP() << "the thread sanitizer forbids threads in a forked child";
    auto d = device().array<float>({64, 64});
    auto prepared = device().prepare(product, a, b, c);
    prepared();
    const auto fails = [](auto&& action) {
        try {
            action();
        } catch (const Error& error) {
            return error.code() == ErrorCode::device_failure && contains(error.what(), "fork");
        }
        return false;
    };
    EXPECT_EQ(in_child([&] {
                  if (!fails([&] { d.copy_from(a); })) return 1;
                  if (!fails([&] { prepared(); })) return 2;
                  if (!fails([&] { static_cast<void>(device().array<float>({4})); })) return 3;
                  if (!fails([&] { device().run(saxpy, 1.0f, a.flat(), a.flat(), b.flat()); })) return 4;
                  c.fill(-1.0f);
                  ctx().run(product, a, b, c);
                  return right() ? 0 : 5;
              }),
              0);
}

}  // namespace
}  // namespace sporkle::test
