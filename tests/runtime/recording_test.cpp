// Recordings.
#include "tests/runtime/device_fixture.hpp"

namespace sporkle::test {
namespace {

class Recordings : public DeviceTest {
  protected:
    /// On the CPU, call by call: what a recording must come to.
    std::vector<float> by_hand(std::vector<float> x, int rounds) {
        std::vector<float> y(x.size());
        for (int round = 0; round < rounds; ++round) {
            ctx().on("cpu").run(smooth, x, y);
            ctx().on("cpu").run(saxpy, 0.5f, x, y, x);
        }
        return x;
    }
    std::vector<float> values() {
        std::vector<float> x(1000);
        fill(x, -20.0f);
        return x;
    }
};

TEST_F(Recordings, RunAllCallsInOneSubmission) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000});
    x.copy_from(values());
    const auto record = [&] {
        return device().record([&](Recorder& r) {
            r.run(smooth, x, y);
            r.run(saxpy, 0.5f, x, y, x);
        });
    };
    for (const bool records : {true, false}) {
        pretended().records = records;
        x.copy_from(values());
        auto step = record();
        EXPECT_EQ(pretended().launches, 0);
        pretended().forget();
        for (int round = 0; round < 3; ++round) step();
        EXPECT_EQ(pretended().launches, 6);
        EXPECT_EQ(pretended().submissions, records ? 3 : 6);
        EXPECT_EQ(pretended().uploaded_bytes + pretended().downloaded_bytes + pretended().copied_bytes, 0);
        std::vector<float> got(1000);
        x.copy_to(got);
        EXPECT_EQ(got, by_hand(values(), 3));
        pretended().forget();
    }
}

TEST_F(Recordings, OnTheCpuAreCallsOneAfterTheOther) {
    std::vector<float> x = values(), y(1000);
    auto step = ctx().on("cpu").record([&](Recorder& r) {
        r.run(smooth, x, y);
        r.run(saxpy, 0.5f, x, y, x);
    });
    EXPECT_EQ(x, values());
    step();
    step();
    EXPECT_EQ(x, by_hand(values(), 2));
    ctx().on("cpu").record([](Recorder&) {})();
}

TEST_F(Recordings, CopyOverlappedInputsAtEachRun) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000});
    x.copy_from(values());
    auto step = device().record([&](Recorder& r) {
        r.run(smooth, x, y);
        r.run(smooth, y, y);  // its input must be copied first
        r.run(saxpy, 0.5f, x, y, x);
    });
    pretended().forget();
    for (int round = 0; round < 2; ++round) step();
    EXPECT_EQ(pretended().submissions, 4);  // in two stretches each
    std::vector<float> got(1000), expected = values(), between(1000);
    for (int round = 0; round < 2; ++round) {
        ctx().on("cpu").run(smooth, expected, between);
        ctx().on("cpu").run(smooth, between, between);
        ctx().on("cpu").run(saxpy, 0.5f, expected, between, expected);
    }
    x.copy_to(got);
    EXPECT_EQ(got, expected);
}

/// Pretended devices run launches that no barrier keeps in order backwards.
TEST_F(Recordings, KeepTheOrderWhereOneDependsOnAnother) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000}), z = device().array<float>({8});
    const std::vector<float> start = values();
    x.copy_from(start);
    y.copy_from(start);
    const auto part = [](auto& array, std::int64_t begin) { return array.slice(0, begin, begin + 8); };
    auto step = device().record([&](Recorder& r) {
        r.run(saxpy, 2.0f, part(x, 0), part(x, 8), part(y, 0));
        r.run(saxpy, 3.0f, part(x, 16), part(x, 24), part(y, 8));   // independent
        r.run(saxpy, 0.5f, part(y, 0), part(y, 4), part(y, 100));   // reads what both wrote
        r.run(smooth, part(x, 4), part(x, 100));                    // independent
        r.run(saxpy, 0.25f, part(x, 32), part(x, 40), part(x, 0));  // writes what was read
        r.run(saxpy, 4.0f, part(x, 48), part(x, 56), part(x, 7));   // overwrites one element of that
        r.run(saxpy, 1.0f, part(x, 0), part(x, 7), z);
    });
    EXPECT_EQ(pretended().barriers, 4);
    std::vector<float> a = start, b = start, c(8), got(1000);
    const auto saxpy_of = [](float s, const std::vector<float>& p, std::size_t at, std::size_t plus,
                             std::vector<float>& to, std::size_t into) {
        for (std::size_t n = 0; n < 8; ++n) to[into + n] = s * p[at + n] + p[plus + n];
    };
    for (int round = 0; round < 2; ++round) {
        step();
        saxpy_of(2, a, 0, 8, b, 0);
        saxpy_of(3, a, 16, 24, b, 8);
        saxpy_of(0.5f, b, 0, 4, b, 100);
        for (std::size_t n = 0; n < 8; ++n)
            a[100 + n] = a[4 + (n > 0 ? n - 1 : 0)] + a[4 + n] + a[4 + (n < 7 ? n + 1 : 7)];
        saxpy_of(0.25f, a, 32, 40, a, 0);
        saxpy_of(4, a, 48, 56, a, 7);
        saxpy_of(1, a, 0, 7, c, 0);
    }
    x.copy_to(got);
    EXPECT_EQ(got, a);
    y.copy_to(got);
    EXPECT_EQ(got, b);
    std::vector<float> last(8);
    z.copy_to(last);
    EXPECT_EQ(last, c);
}

TEST_F(Recordings, OfIndependentCallsHaveNoBarriers) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000});
    x.copy_from(values());
    auto step = device().record([&](Recorder& r) {
        for (std::int64_t n = 0; n < 1000; n += 10)
            r.run(saxpy, 2.0f, x.slice(0, n, n + 10), x.slice(0, 0, 10), y.slice(0, n, n + 10));
    });
    EXPECT_EQ(pretended().barriers, 0);
    step();
    std::vector<float> expected = values(), got(1000);
    const std::vector<float> first(expected.begin(), expected.begin() + 10);
    for (std::size_t n = 0; n < 1000; ++n) expected[n] = 2 * expected[n] + first[n % 10];
    y.copy_to(got);
    EXPECT_EQ(got, expected);
}

TEST_F(Recordings, UseWhatWasChosenAndShareScratch) {
    options = measuring();
    std::string wanted;
    for (const VariantInfo& variant : ctx().variants(product))
        if (variant.choice.device == "pretended:0") wanted = variant.choice.schedule;
    pretended().has_clock = true;
    pretended().seconds = [&](const std::string& schedule) { return schedule == wanted ? 1e-4 : 1e-2; };
    auto a = device().array<float>({70, 70}), c = device().array<float>({70, 70});
    a.slice(0, 0, 1).copy_from(ctx().array<float>({1, 70}));
    for (int call = 0; call < 500; ++call) device().run(product, a, a, c);
    pretended().forget();
    const long before = pretended().live_buffers;
    auto many = device().record([&](Recorder& r) {
        for (int n = 0; n < 50; ++n) r.run(product, a, a, c);
    });
    EXPECT_LE(pretended().live_buffers - before, 1);
    many();
    EXPECT_EQ(pretended().launches, 50);
    EXPECT_EQ(pretended().submissions, 1);
    const Report report = ctx().report(product);
    const WorkloadReport& workload = report.workloads.at(0);
    EXPECT_EQ(workload.candidates.at(static_cast<std::size_t>(workload.chosen)).choice.schedule, wanted);
}

TEST_F(Recordings, TakeOtherVariantsForRefusedOnesAndTheReferenceForNone) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000});
    x.copy_from(values());
    pretended().refuses = [](const std::string&) { return true; };
    auto step = device().record([&](Recorder& r) {
        r.run(smooth, x, y);
        r.run(saxpy, 0.5f, x, y, x);
    });
    step();
    EXPECT_EQ(pretended().launches, 0);
    std::vector<float> got(1000);
    x.copy_to(got);
    EXPECT_EQ(got, by_hand(values(), 1));
}

TEST_F(Recordings, RefuseWhatLiesElsewhere) {
    auto x = device(0).array<float>({10}), there = device(1).array<float>({10});
    std::vector<float> host(10);
    const Thrown of_host = thrown_by(
        [&] { static_cast<void>(device(0).record([&](Recorder& r) { r.run(saxpy, 1.0f, x, host, x); })); });
    EXPECT_EQ(of_host.code, ErrorCode::invalid_argument);
    for (const char* part : {"'saxpy'", "'y'", "the process", "pretended:0"})
        EXPECT_TRUE(contains(of_host.message, part)) << of_host.message;
    const Thrown of_other = thrown_by(
        [&] { static_cast<void>(device(0).record([&](Recorder& r) { r.run(saxpy, 1.0f, there, x, x); })); });
    EXPECT_TRUE(contains(of_other.message, "pretended:1")) << of_other.message;
    const Thrown of_device = thrown_by([&] {
        static_cast<void>(ctx().on("cpu").record([&](Recorder& r) { r.run(saxpy, 1.0f, x, host, host); }));
    });
    EXPECT_TRUE(contains(of_device.message, "cpu")) << of_device.message;
    auto longer = device().array<float>({11});
    EXPECT_EQ(thrown_by([&] {
                  static_cast<void>(device().record([&](Recorder& r) { r.run(saxpy, 1.0f, x, longer, x); }));
              }).code,
              ErrorCode::invalid_argument);
}

TEST_F(Recordings, OfAnEmptyFunctionAreRefused) {
    const Thrown thrown = thrown_by([&] { static_cast<void>(device().record({})); });
    EXPECT_EQ(thrown.code, ErrorCode::invalid_argument) << thrown.message;
    EXPECT_TRUE(contains(thrown.message, "function")) << thrown.message;
}

TEST_F(Recordings, OutliveTheirContextAndReportFailures) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000});
    x.copy_from(values());
    std::optional<Recording> step = device().record([&](Recorder& r) { r.run(smooth, x, y); });
    const std::vector<float> start = values();
    std::vector<float> expected(1000), got(1000);
    ctx().on("cpu").run(smooth, start, expected);
    release();
    (*step)();
    y.copy_to(got);
    EXPECT_EQ(got, expected);
    pretended().runs_until_failure = 0;
    EXPECT_EQ(thrown_by([&] { (*step)(); }).code, ErrorCode::device_failure);
    pretended().runs_until_failure = -1;
    Recording moved = std::move(*step);
    moved();
}

}  // namespace
}  // namespace sporkle::test
