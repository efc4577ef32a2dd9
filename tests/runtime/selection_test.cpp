// The four modes, pins, and what a report says.
#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/select/threads.hpp"
#include "tests/runtime/kernels.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

/// A product that many variants fit.
struct Product {
    explicit Product(int n) : a({n, n}), b({n, n}), c({n, n}) {
        fill(a.flat());
        fill(b.flat(), -2.0f);
    }
    void run(const Context& ctx) { ctx.run(product, a, b, c); }
    /// Until a variant is chosen. Returns the number of calls.
    int run_until_chosen(const Context& ctx) {
        for (int calls = 1; calls < 5000; ++calls) {
            run(ctx);
            if (report(ctx).chosen >= 0) return calls;
        }
        ADD_FAILURE() << "never decided";
        return 0;
    }
    static WorkloadReport report(const Context& ctx) { return ctx.report(product).workloads.at(0); }
    Array<float, 2> a, b, c;
};

class Selection : public ::testing::Test {
  protected:
    Options options(Mode mode) {
        Options o = remembering_options(folder / "wisdom.sqlite", &warnings);
        o.mode = mode;
        return o;
    }
    TemporaryFolder folder;
    std::vector<std::string> warnings;
};

TEST_F(Selection, EstimateMeasuresNothing) {
    const Context ctx(options(Mode::estimate));
    Product p(16);
    p.run(ctx);
    const WorkloadReport report = Product::report(ctx);
    EXPECT_EQ(report.origin, Origin::estimated);
    ASSERT_GE(report.candidates.size(), 2u);
    EXPECT_EQ(report.chosen, 0);
    for (const CandidateReport& candidate : report.candidates) EXPECT_EQ(candidate.samples, 0);
    EXPECT_FALSE(std::filesystem::exists(folder / "wisdom.sqlite"));
}

TEST_F(Selection, MeasureDecidesOnRealCallsAndRemembers) {
    Product p(24);
    Array<float, 2> expected({24, 24});
    Choice chosen;
    {
        Context ctx(options(Mode::measure));
        ctx.pin(product, {.schedule = "reference"});
        ctx.run(product, p.a, p.b, expected);
        ctx.unpin(product);
        p.run(ctx);
        EXPECT_EQ(Product::report(ctx).origin, Origin::undecided);
        const int calls = p.run_until_chosen(ctx);
        EXPECT_GT(calls, 5);
        const WorkloadReport report = Product::report(ctx);
        EXPECT_EQ(report.origin, Origin::measured);
        EXPECT_EQ(report.calls, calls + 1);
        const CandidateReport& best = report.candidates.at(static_cast<std::size_t>(report.chosen));
        EXPECT_EQ(best.state, CandidateState::chosen);
        EXPECT_GT(best.samples, 1);
        EXPECT_GT(best.median_seconds, 0.0);
        EXPECT_LE(best.minimum_seconds, best.median_seconds);
        chosen = best.choice;
        EXPECT_TRUE(std::equal(p.c.begin(), p.c.end(), expected.begin()));
    }
    const Context later(options(Mode::measure));
    p.run(later);
    const WorkloadReport report = Product::report(later);
    EXPECT_EQ(report.origin, Origin::remembered);
    EXPECT_EQ(report.candidates.at(static_cast<std::size_t>(report.chosen)).choice, chosen);
    EXPECT_GT(report.candidates.at(static_cast<std::size_t>(report.chosen)).samples, 1);  // those of before
    EXPECT_TRUE(warnings.empty()) << warnings.front();
}

TEST_F(Selection, MeasurementsGoOnWhereAnEarlierProcessStopped) {
    Product p(24);
    int samples = 0;
    {
        const Context ctx(options(Mode::measure));
        for (int round = 0; round < 5; ++round) p.run(ctx);
        for (const CandidateReport& candidate : Product::report(ctx).candidates) samples += candidate.samples;
        EXPECT_EQ(samples, 5);
    }
    const Context ctx(options(Mode::measure));
    p.run(ctx);
    int later = 0;
    for (const CandidateReport& candidate : Product::report(ctx).candidates) later += candidate.samples;
    EXPECT_EQ(later, 6);
}

TEST_F(Selection, OtherWorkloadsAreMeasuredAnew) {
    const Context ctx(options(Mode::measure));
    Product small(8), large(40);
    small.run_until_chosen(ctx);
    large.run(ctx);
    std::vector<float> memory(3 * 8 * 8 + 4);
    // The same extents at other alignments, and transposed.
    ctx.run(product, view(memory.data() + 1, {8, 8}), small.b, small.c);
    ctx.run(product, small.a.transpose(), small.b, small.c);
    const Report report = ctx.report(product);
    ASSERT_EQ(report.workloads.size(), 4u);
    EXPECT_NE(report.workloads[0].workload.find("A f32[8,8]@64"), std::string::npos)
        << report.workloads[0].workload;
    EXPECT_NE(report.workloads[3].workload.find("A f32[8,8]/(1,8)@64"), std::string::npos)
        << report.workloads[3].workload;
    EXPECT_EQ(report.workloads[1].origin, Origin::undecided);
}

TEST_F(Selection, WisdomOnlyWantsWisdom) {
    Product p(24);
    {
        const Context ctx(options(Mode::wisdom_only));
        const Thrown thrown = thrown_by([&] { p.run(ctx); });
        EXPECT_EQ(thrown.code, ErrorCode::unsupported);
        EXPECT_NE(thrown.message.find("kernel 'product'"), std::string::npos) << thrown.message;
        EXPECT_NE(thrown.message.find("A f32[24,24]"), std::string::npos) << thrown.message;
        ctx.tune(product, p.a, p.b, p.c);  // makes it
        p.run(ctx);
    }
    const Context ctx(options(Mode::wisdom_only));
    p.run(ctx);
    EXPECT_EQ(Product::report(ctx).origin, Origin::remembered);
}

TEST_F(Selection, ExhaustiveTriesEveryVariantAtTheFirstCall) {
    Product p(24);
    {
        const Context ctx(options(Mode::measure));
        p.run_until_chosen(ctx);
    }
    {
        const Context ctx(options(Mode::exhaustive));  // wisdom that was only measured does not do
        p.run(ctx);
        const WorkloadReport report = Product::report(ctx);
        EXPECT_EQ(report.origin, Origin::searched);
        for (const CandidateReport& candidate : report.candidates)
            EXPECT_GT(candidate.samples, 0) << candidate.choice.schedule;
    }
    const Context ctx(options(Mode::exhaustive));
    p.run(ctx);
    EXPECT_EQ(Product::report(ctx).origin, Origin::remembered);
}

TEST_F(Selection, TuneLeavesTheArgumentsAlone) {
    const Context ctx(options(Mode::measure));
    Product p(24);
    p.c.fill(-5.0f);
    const Array<float, 2> a = p.a;
    ctx.tune(product, p.a, p.b, p.c);
    EXPECT_EQ(Product::report(ctx).origin, Origin::searched);
    for (const float element : p.c) ASSERT_EQ(element, -5.0f);
    EXPECT_TRUE(std::equal(a.begin(), a.end(), p.a.begin()));
    // In place, strided: copies have the same layout.
    auto wide = ctx.array<float>({10, 20});
    fill(wide.flat());
    const Array<float, 2> before = wide;
    ctx.tune(flip, wide.slice(1, 0, 10), wide.slice(1, 3, 13));
    EXPECT_TRUE(std::equal(before.begin(), before.end(), wide.begin()));
}

TEST_F(Selection, PinsOneVariant) {
    Context ctx(options(Mode::measure));
    Product p(24);
    const std::vector<VariantInfo> variants = ctx.variants(product);
    ASSERT_GE(variants.size(), 3u);
    const Choice wanted = variants[2].choice;
    ctx.pin(product, wanted);
    p.run(ctx);
    WorkloadReport report = Product::report(ctx);
    EXPECT_EQ(report.origin, Origin::pinned);
    ASSERT_EQ(report.candidates.size(), 1u);
    EXPECT_EQ(report.candidates[0].choice.schedule, wanted.schedule);
    const Thrown thrown =
        thrown_by([&] { ctx.pin(product, {.architecture = "x86-64-v3", .schedule = "no-such"}); });
    EXPECT_EQ(thrown.code, ErrorCode::unsupported);
    EXPECT_NE(thrown.message.find("no-such"), std::string::npos) << thrown.message;
    EXPECT_NE(thrown.message.find(wanted.schedule), std::string::npos) << thrown.message;  // what there is
    const Thrown no_device = thrown_by([&] { ctx.pin(product, {.device = "gpu7"}); });
    EXPECT_EQ(no_device.code, ErrorCode::unsupported);
    EXPECT_NE(no_device.message.find("device 'gpu7'"), std::string::npos) << no_device.message;
    EXPECT_EQ(thrown_by([&] { ctx.pin(product, {.threads = -1}); }).code, ErrorCode::invalid_argument);
    ctx.unpin(product);
    p.run(ctx);
    EXPECT_EQ(Product::report(ctx).origin, Origin::undecided);
}

TEST_F(Selection, ReportsAsText) {
    const Context ctx(options(Mode::measure));
    Product p(8);
    p.run_until_chosen(ctx);
    const std::string text = to_text(ctx.report(product));
    EXPECT_NE(text.find("kernel product"), std::string::npos);
    EXPECT_NE(text.find("measured"), std::string::npos);
    EXPECT_NE(text.find("    * x86-64-v"), std::string::npos) << text;
}

TEST_F(Selection, ModesComeFromTheEnvironmentWhereTheOptionsAreSilent) {
    Options o = plain_options();
    o.mode.reset();
    ::setenv("SPORKLE_MODE", "estimate", 1);
    const Context ctx(o);
    Product p(8);
    p.run(ctx);
    EXPECT_EQ(Product::report(ctx).origin, Origin::estimated);
    ::setenv("SPORKLE_MODE", "guess", 1);
    const Thrown thrown = thrown_by([&] { Context broken(o); });
    ::unsetenv("SPORKLE_MODE");
    EXPECT_NE(thrown.message.find("'guess'; expected estimate"), std::string::npos) << thrown.message;
    ::setenv("SPORKLE_THREADS", "3", 1);
    EXPECT_EQ(Context(o).devices().at(0).threads, 3);
    ::setenv("SPORKLE_THREADS", "many", 1);
    EXPECT_EQ(thrown_by([&] { Context broken(o); }).code, ErrorCode::invalid_argument);
    ::unsetenv("SPORKLE_THREADS");
    ::setenv("SPORKLE_X86_LEVEL", "x86-64-v2", 1);
    EXPECT_EQ(Context(o).devices().at(0).architectures, (std::vector<std::string>{"x86-64-v2"}));
    ::unsetenv("SPORKLE_X86_LEVEL");
}

TEST(ThreadCounts, AreTriedWhereTheAnswerIsNotPlain) {
    using runtime::thread_counts;
    using Counts = std::vector<int>;
    EXPECT_EQ(thread_counts(1e12, 1, 8), Counts{1});    // one task
    EXPECT_EQ(thread_counts(1e12, 100, 1), Counts{1});  // one CPU
    EXPECT_EQ(thread_counts(1e3, 100, 8), Counts{1});   // over before a thread wakes
    EXPECT_EQ(thread_counts(1e12, 100, 8), Counts{8});
    EXPECT_EQ(thread_counts(1e12, 5, 8), Counts{5});
    EXPECT_EQ(thread_counts(1e5, 100, 8), (Counts{1, 8}));
    EXPECT_EQ(thread_counts(1e6, 100, 8), (Counts{8, 1}));
}

}  // namespace
}  // namespace sporkle::test
