// Which devices calls run on, and by what clock that is found out.
#include <cstdlib>
#include <set>

#include "tests/runtime/device_fixture.hpp"

namespace sporkle::test {
namespace {

class DeviceChoice : public DeviceTest {
  protected:
    /// Calls until a variant is chosen.
    template <class... Arguments>
    const CandidateReport* chosen_after_calls(Arguments&&... arguments) {
        for (int call = 0; call < 3000; ++call) {
            ctx().run(arguments...);
            report = ctx().report(product).workloads.back();
            if (report.chosen >= 0) return &report.candidates.at(static_cast<std::size_t>(report.chosen));
        }
        return nullptr;
    }
    int tried_on(const std::string& name) const {
        int tried = 0;
        for (const CandidateReport& candidate : report.candidates)
            tried += candidate.choice.device == name && candidate.samples > 0;
        return tried;
    }
    WorkloadReport report;
};

TEST_F(DeviceChoice, DevicesAreOpenedWhenTheyAreWanted) {
    std::vector<float> x(100), z(100);
    ctx().on("cpu").run(saxpy, 1.0f, x, x, z);
    ctx().run(saxpy, 1.0f, x, x, z);  // too little for any device but the CPU
    EXPECT_EQ(pretended_openings(), 0);
    const std::vector<DeviceInfo> devices = ctx().devices();
    EXPECT_EQ(pretended_openings(), 1);
    ASSERT_EQ(devices.size(), 3u);
    EXPECT_EQ(devices[0].name, "cpu");
    EXPECT_EQ(devices[2].name, "pretended:1");
    device(0);
    EXPECT_EQ(pretended_openings(), 1);
    EXPECT_TRUE(ctx().absences().empty());
    release();
    std::vector<float> large(100000), result(100000);
    ctx().run(saxpy, 1.0f, large, large, result);
    EXPECT_EQ(pretended_openings(), 2);
}

TEST_F(DeviceChoice, OptionsAndEnvironmentLeaveDevicesOut) {
    options.devices = {"pretended:1"};
    EXPECT_EQ(ctx().devices().size(), 1u);
    std::vector<float> x(100, 1.0f), z(100);
    ctx().run(saxpy, 1.0f, x, x, z);
    EXPECT_EQ(pretended(1).launches, 1);
    EXPECT_EQ(z[99], 2.0f);
    const Thrown left_out = thrown_by([&] { ctx().on("cpu"); });
    EXPECT_EQ(left_out.code, ErrorCode::unknown_device);
    EXPECT_TRUE(contains(left_out.message, "cpu: left out by the options")) << left_out.message;
    release();
    options.devices.clear();
    const auto with = [&](const char* words, const char* variable = "SPORKLE_DEVICES") {
        ::setenv(variable, words, 1);
        std::string names;
        try {
            for (const DeviceInfo& info : Context(options).devices()) names += info.name + " ";
        } catch (const Error& error) {
            names = error.what();
        }
        ::unsetenv(variable);
        return names;
    };
    EXPECT_EQ(with("cpu"), "cpu ");
    EXPECT_EQ(with("pretended,cpu"), "cpu pretended:0 pretended:1 ");
    EXPECT_EQ(with("cpu,pretended:1"), "cpu pretended:1 ");
    EXPECT_EQ(with("pretended:7,cpu"), "cpu ");
    EXPECT_TRUE(contains(with("cpu,gpu7"), "'gpu7'") && contains(with("cpu,gpu7"), "cpu, pretended"));
    EXPECT_TRUE(contains(with("cpu,,pretended"), "SPORKLE_DEVICES")) << with("cpu,,pretended");
    EXPECT_EQ(with("cpu", "SPORKLE_DEVICE"), "cpu ");
    EXPECT_EQ(with("pretended", "SPORKLE_DEVICE"), "pretended:0 ");
    EXPECT_EQ(with("pretended:1", "SPORKLE_DEVICE"), "pretended:1 ");
    options.devices = {"cpu", "pretended:7"};
    EXPECT_TRUE(contains(ctx().absences().at(0), "'pretended:7'")) << ctx().absences().at(0);
}

TEST_F(DeviceChoice, AbsentTargetsSayWhy) {
    pretended_absence() = "the driver is on holiday";
    ASSERT_EQ(ctx().absences().size(), 1u);
    EXPECT_EQ(ctx().absences()[0], "pretended: the driver is on holiday");
    const Thrown thrown = thrown_by([&] { device(); });
    EXPECT_TRUE(contains(thrown.message, "on holiday")) << thrown.message;
    EXPECT_EQ(ctx().devices().size(), 1u);
}

TEST_F(DeviceChoice, DevicesUsedByNameOnlyAreNotChosen) {
    options = measuring();
    pretended(0).by_name_only = pretended(1).by_name_only = true;
    auto a = ctx().array<float>({40, 40}), c = ctx().array<float>({40, 40});
    ASSERT_NE(chosen_after_calls(product, a, a, c), nullptr);
    EXPECT_EQ(tried_on("pretended:0") + tried_on("pretended:1"), 0);
    // But where an argument lies there, where a pin or the options name it, and by its name.
    auto d = device().array<float>({40, 40});
    ASSERT_NE(chosen_after_calls(product, a, d, c), nullptr);
    EXPECT_GT(tried_on("pretended:0"), 0);
    EXPECT_EQ(tried_on("pretended:1"), 0);
    pretended(1).forget();
    ctx().pin(product, {.device = "pretended:1"});
    ctx().run(product, a, a, c);
    EXPECT_EQ(pretended(1).launches, 1);
    const Thrown elsewhere = thrown_by([&] { ctx().on("cpu").run(product, a, a, c); });
    EXPECT_EQ(elsewhere.code, ErrorCode::unsupported);
    EXPECT_TRUE(contains(elsewhere.message, "pinned to variant pretended:1/any/any") &&
                contains(elsewhere.message, "a call on cpu"))
        << elsewhere.message;
    release();
    options.devices = {"cpu", "pretended:0"};
    d = {};
    ctx().on("pretended:0").run(product, a, a, c);
    options = plain_options();
}

TEST_F(DeviceChoice, TransfersCountAgainstADevice) {
    options = measuring();
    options.devices = {"cpu", "pretended:0"};
    pretended().transfer_delay = 5e-3;
    auto a = ctx().array<float>({64, 64}), c = ctx().array<float>({64, 64});
    const CandidateReport* best = chosen_after_calls(product, a, a, c);
    ASSERT_NE(best, nullptr);
    EXPECT_EQ(best->choice.device, "cpu");
    // The first time showed that transfers alone take too long: no other variant was timed there. What ran
    // besides were first runs, which do not count.
    EXPECT_EQ(tried_on("pretended:0"), 1);
    auto on_device = device().array<float>({64, 64}), result = device().array<float>({64, 64});
    best = chosen_after_calls(product, on_device, on_device, result);
    ASSERT_NE(best, nullptr);
    EXPECT_EQ(best->choice.device, "pretended:0");
    EXPECT_EQ(tried_on("cpu"), 1);
    EXPECT_TRUE(contains(report.workload, "A f32[64,64]@64 on pretended:0")) << report.workload;
    EXPECT_EQ(ctx().report(product).workloads.size(), 2u);
}

TEST_F(DeviceChoice, ADevicesClockDecidesBetweenItsVariants) {
    options = measuring();
    pretended().has_clock = true;
    std::string fastest;
    std::set<std::string> seen;  // the first run takes long, as where a driver compiles then
    pretended().seconds = [&](const std::string& schedule) {
        return seen.insert(schedule).second ? 0.5 : schedule == fastest ? 1e-4 : 1e-3;
    };
    auto a = device().array<float>({64, 64}), c = device().array<float>({64, 64});
    for (int call = 0; call < 3000 && report.chosen < 0; ++call) {
        device().run(product, a, a, c);
        report = ctx().report(product).workloads.back();
        fastest = report.candidates.at(2).choice.schedule;
    }
    ASSERT_GE(report.chosen, 0);
    const CandidateReport& best = report.candidates.at(static_cast<std::size_t>(report.chosen));
    EXPECT_EQ(best.choice.schedule, fastest);
    EXPECT_EQ(best.median_seconds, 1e-4);
    EXPECT_EQ(best.minimum_seconds, 1e-4);
    // With transfers, or with other devices, the time of the whole call counts.
    auto host = ctx().array<float>({64, 64});
    for (int call = 0; call < 20; ++call) device().run(product, host, host, c);
    int timed = 0;
    report = ctx().report(product).workloads.back();
    for (const CandidateReport& candidate : report.candidates)
        if (candidate.samples > 0) {
            ++timed;
            EXPECT_NE(candidate.median_seconds, 1e-3);
            EXPECT_NE(candidate.median_seconds, 1e-4);
        }
    EXPECT_GT(timed, 0);
}

TEST_F(DeviceChoice, EstimatesStayWhereTheOperandsAre) {
    auto a = ctx().array<float>({64, 64}), c = ctx().array<float>({64, 64});
    ctx().run(product, a, a, c);
    EXPECT_EQ(pretended(0).launches + pretended(1).launches, 0);
    auto d = device(1).array<float>({64, 64}), e = device(1).array<float>({64, 64});
    ctx().run(product, d, d, e);
    EXPECT_EQ(pretended(1).launches, 1);
    ctx().run(product, d, d, c);
    EXPECT_EQ(pretended(1).launches, 2);
}

TEST_F(DeviceChoice, SearchesOnCopiesOnTheDevice) {
    options = measuring();
    auto a = device().array<float>({32, 32}), c = device().array<float>({32, 32});
    std::vector<float> values(1024, 2.0f), got(1024);
    a.copy_from(view(values.data(), {32, 32}));
    pretended().forget();
    device().tune(product, a, a.transpose(), c);
    EXPECT_EQ(pretended().uploaded_bytes + pretended().downloaded_bytes, 0);
    EXPECT_GT(pretended().copied_bytes, 3 * 4096);
    c.copy_to(view(got.data(), {32, 32}));
    EXPECT_EQ(got, std::vector<float>(1024));  // the caller's own was not touched
    report = ctx().report(product).workloads.back();
    EXPECT_EQ(report.origin, Origin::searched);
    device().tune(smooth, a.select(0, 3), a.select(0, 3));  // overlapping, and nothing happens to it
    a.copy_to(view(got.data(), {32, 32}));
    EXPECT_EQ(got, values);
    release();
    options.mode = Mode::wisdom_only;  // what was found is remembered
    auto again = device().array<float>({32, 32}), result = device().array<float>({32, 32});
    device().run(product, again, again.transpose(), result);
    EXPECT_EQ(ctx().report(product).workloads.back().origin, Origin::remembered);
}

TEST_F(DeviceChoice, ASearchMakesDoWithLittleMemory) {
    options = measuring();
    pretended().room = 40000;
    auto a = device().array<float>({32, 32}), c = device().array<float>({32, 32});
    device().tune(product, a, a, c);
    EXPECT_EQ(ctx().report(product).workloads.back().origin, Origin::searched);
}

}  // namespace
}  // namespace sporkle::test
