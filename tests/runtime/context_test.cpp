// Calls through the public interface: results, views, messages.
#include <gtest/gtest.h>
#include <xmmintrin.h>

#include <cmath>
#include <limits>
#include <thread>

#include "tests/runtime/kernels.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Context, RunsMapsOfEverySmallSize) {
    const Context ctx(plain_options());
    for (const int n : {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 1000, 4097}) {
        auto vx = ctx.array<float>({n}), vy = ctx.array<float>({n}), vz = ctx.array<float>({n});
        fill(vx.flat());
        fill(vy.flat(), -3.0f);
        ctx.run(saxpy, 2.0f, vx, vy, vz);
        for (int e = 0; e < n; ++e) ASSERT_EQ(vz(e), 2.0f * vx(e) + vy(e)) << e << " of " << n;
    }
}

TEST(Context, RunsOnTheNamedDevice) {
    const Context ctx(plain_options());
    auto m = ctx.array<float>({3, 5}), t = ctx.array<float>({5, 3});
    fill(m.flat());
    ctx.on("cpu").run(flip, m, t);
    EXPECT_EQ(t(4, 2), m(2, 4));
    const Thrown thrown = thrown_by([&] { ctx.on("gpu7"); });
    EXPECT_EQ(thrown.code, ErrorCode::unknown_device);
    EXPECT_TRUE(contains(thrown.message, "'gpu7'") && contains(thrown.message, "cpu")) << thrown.message;
}

TEST(Context, TakesEveryKindOfTensorArgument) {
    const Context ctx(plain_options());
    const std::vector<float> vx{1, 2, 3, 4};
    std::array<float, 4> vy{10, 20, 30, 40};
    float vz[4] = {};
    ctx.run(saxpy, 2.0f, vx, vy, vz);  // vector, array, C array
    EXPECT_EQ(vz[3], 48.0f);
    float sum_of_all = 0;
    ctx.run(total, std::span<const float>(vx), sum_of_all);  // span, and a variable for rank 0
    EXPECT_EQ(sum_of_all, 10.0f);
    const std::vector<std::uint8_t> bytes{1, 2, 200};
    std::vector<std::uint8_t> scaled(3);
    ctx.run(scale_bytes, bytes, 2.0f, scaled);
    EXPECT_EQ(scaled, (std::vector<std::uint8_t>{2, 4, 255}));
    const std::vector<half> halves{half(1.5f), half(-0.25f)};
    std::vector<double> wide(2);
    ctx.run(widen, halves, wide);
    EXPECT_EQ(wide, (std::vector<double>{1.5, -0.25}));
}

TEST(Context, ReadsAndWritesStridedViews) {
    const Context ctx(plain_options());
    auto m = ctx.array<float>({6, 8}), out = ctx.array<float>({6, 8});
    fill(m.flat());
    // Every second row backwards, one column; into a column of the output, upwards.
    ctx.run(saxpy, 1.0f, m.select(1, 2).slice(0, 5, -1, -2), m.select(1, 3).slice(0, 0, 6, 2),
            out.select(1, 7).slice(0, 5, 2, -1));
    for (int e = 0; e < 3; ++e) EXPECT_EQ(out(5 - e, 7), m(5 - 2 * e, 2) + m(2 * e, 3));
    float others = 0;
    for (int r = 0; r < 6; ++r)
        for (int c = 0; c < 8; ++c)
            if (c != 7 || r < 3) others += std::abs(out(r, c));
    EXPECT_EQ(others, 0.0f);  // nothing else was written
    // A repeated row and a transposed matrix.
    auto sums = ctx.array<float>({8});
    ctx.run(saxpy, 3.0f, m.select(0, 1), m.slice(0, 0, 1).slice(1, 4, 5).broadcast(1, 8).select(0, 0), sums);
    for (int c = 0; c < 8; ++c) EXPECT_EQ(sums(c), 3.0f * m(1, c) + m(0, 4));
    auto square = ctx.array<float>({6, 6}), expected = ctx.array<float>({6, 6});
    ctx.run(product, m, m.transpose(), square);
    for (int r = 0; r < 6; ++r)
        for (int c = 0; c < 6; ++c) {
            float acc = 0;
            for (int k = 0; k < 8; ++k) acc = std::fma(m(r, k), m(c, k), acc);
            EXPECT_EQ(square(r, c), acc);
        }
}

TEST(Context, NamesKernelTensorDimensionAndBothExtents) {
    const Context ctx(plain_options());
    auto m = ctx.array<float>({3, 5}), wrong = ctx.array<float>({4, 2}), out = ctx.array<float>({3, 2});
    const Thrown thrown = thrown_by([&] { ctx.run(product, m, wrong, out); });
    EXPECT_EQ(thrown.code, ErrorCode::invalid_argument);
    for (const char* part : {"kernel 'product'", "'B', dimension 0", "4", "5", "'A', dimension 1"})
        EXPECT_TRUE(contains(thrown.message, part)) << thrown.message;
}

TEST(Context, NamesKernelsThatAreNotThere) {
    const Context ctx(plain_options());
    static constexpr auto stranger = kernel<"stranger">(z(i) = x(i) * x(i) + 5.0f);
    std::vector<float> v(3), w(3);
    const Thrown thrown = thrown_by([&] { ctx.run(stranger, v, w); });
    EXPECT_EQ(thrown.code, ErrorCode::unknown_kernel);
    for (const char* part : {"'stranger'", "saxpy", "linked"})
        EXPECT_TRUE(contains(thrown.message, part)) << thrown.message;
    static constexpr auto other_saxpy = kernel<"saxpy">(z(i) = x(i) - 7.0f);
    EXPECT_TRUE(contains(thrown_by([&] { ctx.run(other_saxpy, v, w); }).message, "another definition"));
    EXPECT_EQ(thrown_by([&] { ctx.run_by_name("nothing", {}); }).code, ErrorCode::unknown_kernel);
}

TEST(Context, ChecksUntypedCalls) {
    const Context ctx(plain_options());
    std::vector<float> memory(12, 1.0f);
    Operand scalar, vector, result;
    scalar.is_scalar = true;
    scalar.bits = 0x40000000;  // 2.0f
    vector.rank = result.rank = 1;
    vector.data = memory.data();
    vector.extents[0] = result.extents[0] = 4;
    vector.strides[0] = result.strides[0] = 1;
    result.data = memory.data() + 8;
    const auto run = [&](std::vector<Operand> operands) { ctx.run_by_name("saxpy", operands); };
    run({scalar, vector, vector, result});
    EXPECT_EQ(memory[8], 3.0f);
    const auto message = [&](std::vector<Operand> operands) {
        const Thrown thrown = thrown_by([&] { run(operands); });
        EXPECT_EQ(thrown.code, ErrorCode::invalid_argument);
        EXPECT_TRUE(contains(thrown.message, "kernel 'saxpy'")) << thrown.message;
        return thrown.message;
    };
    EXPECT_TRUE(contains(message({scalar, vector}), "takes 4 arguments, but the call gives 2"));
    EXPECT_TRUE(
        contains(message({vector, vector, vector, result}), "argument 1 is the scalar 'a' of type f32"));
    EXPECT_TRUE(contains(message({scalar, scalar, vector, result}), "argument 2 is the tensor 'x'"));
    Operand changed = vector;
    changed.dtype = DType::i32;
    EXPECT_TRUE(contains(message({scalar, changed, vector, result}),
                         "of type f32, but the call gives elements of type i32"));
    changed = scalar;
    changed.dtype = DType::f64;
    EXPECT_TRUE(contains(message({changed, vector, vector, result}), "number of type f64"));
    changed = vector;
    changed.rank = 2;
    EXPECT_TRUE(contains(message({scalar, vector, changed, result}), "rank 1, but the call gives rank 2"));
    changed = result;
    changed.read_only = true;
    EXPECT_TRUE(contains(message({scalar, vector, vector, changed}), "'z', an output"));
    changed = vector;
    changed.data = nullptr;
    EXPECT_TRUE(contains(message({scalar, changed, vector, result}), "'x' has elements but a null address"));
    changed = vector;
    changed.extents[0] = -4;
    EXPECT_TRUE(contains(message({scalar, changed, vector, result}), "negative extent -4"));
    changed = result;
    changed.strides[0] = 0;
    EXPECT_TRUE(contains(message({scalar, vector, vector, changed}), "'z'"));
}

TEST(Context, IgnoresTheCallersFloatingPointState) {
    const Context ctx(plain_options());
    const unsigned before = _mm_getcsr();
    // A subnormal product, which flushing would lose, and a quotient-like sum that depends on the rounding
    // direction.
    std::vector<float> vx{0x1p-140f, 1.0f}, vy{0.0f, 0x1p-30f}, expected(2), got(2);
    ctx.run(saxpy, 0.5f, vx, vy, expected);
    EXPECT_EQ(expected[0], 0x1p-141f);
    for (const unsigned mode : {0x8040u, 0x2000u, 0x4000u, 0x6000u}) {
        _mm_setcsr(0x1f80 | mode);
        ctx.run(saxpy, 0.5f, vx, vy, got);
        const unsigned after = _mm_getcsr();
        _mm_setcsr(before);
        EXPECT_EQ(after & ~0x3fu, 0x1f80 | mode);
        EXPECT_EQ(got, expected);
    }
}

TEST(Context, WhatWasMovedFromSaysSo) {
    Context ctx(plain_options());
    std::vector<float> vx{1, 2}, vy{3, 4}, vz(2);
    PreparedCall call = ctx.prepare(saxpy, 2.0f, vx, vy, vz);
    Recording step = ctx.on("cpu").record([&](Recorder& r) { r.run(saxpy, 2.0f, vx, vy, vz); });
    Context other = std::move(ctx);
    PreparedCall other_call = std::move(call);
    Recording other_step = std::move(step);
    const auto refused = [](const char* what, auto&& use) {
        const Thrown thrown = thrown_by(use);
        EXPECT_EQ(thrown.code, ErrorCode::invalid_argument) << what;
        EXPECT_TRUE(contains(thrown.message, what) && contains(thrown.message, "moved from"))
            << thrown.message;
    };
    refused("Context", [&] { ctx.run(saxpy, 2.0f, vx, vy, vz); });
    refused("Context", [&] { static_cast<void>(ctx.on("cpu")); });
    refused("Context", [&] { static_cast<void>(ctx.devices()); });
    refused("Context", [&] { ctx.load("bundle.o"); });
    refused("PreparedCall", [&] { call(); });
    refused("Recording", [&] { step(); });
    other.run(saxpy, 2.0f, vx, vy, vz);
    other_call();
    other_step();
    EXPECT_EQ(vz, (std::vector<float>{5, 8}));
}

TEST(Context, LoadsBundlesFromPaths) {
    Options options = plain_options();
    options.bundles = {SPORKLE_TEST_SMALL_BUNDLE};
    Context ctx(options);
    std::vector<float> in{1, 2, 3}, out(3);
    Operand from, to;
    from.rank = to.rank = 1;
    from.extents[0] = to.extents[0] = 3;
    from.strides[0] = to.strides[0] = 1;
    from.data = in.data();
    to.data = out.data();
    const Operand operands[] = {from, to};
    ctx.run_by_name("twice", operands);
    EXPECT_EQ(out, (std::vector<float>{2, 4, 6}));
    // The same again, and kernels that are linked as well: nothing changes.
    ctx.load(SPORKLE_TEST_SMALL_BUNDLE);
    ctx.load(SPORKLE_TEST_SHARED_BUNDLE);
    EXPECT_EQ(ctx.variants(KernelId("twice")).size(), Context(options).variants(KernelId("twice")).size());
    EXPECT_EQ(ctx.variants(saxpy).size(), Context(plain_options()).variants(saxpy).size());
    EXPECT_EQ(thrown_by([&] { ctx.load("/nowhere/at.all"); }).code, ErrorCode::input_output);
    options.bundles = {"/dev/null"};
    EXPECT_EQ(thrown_by([&] { Context broken(options); }).code, ErrorCode::input_output);
}

TEST(Context, EveryVariantGivesTheBitsOfTheReference) {
    Options options = plain_options();
    options.threads = 3;
    Context ctx(options);
    const auto check = [&](const auto& kernel, const auto& output, auto&&... arguments) {
        ctx.pin(kernel, {.schedule = "reference"});
        ctx.run(kernel, arguments...);
        const std::vector<float> expected(output.begin(), output.end());
        for (const VariantInfo& variant : ctx.variants(kernel)) {
            if (variant.choice.device.empty()) continue;
            for (const int threads : {1, 3}) {
                Choice choice = variant.choice;
                choice.threads = threads;
                ctx.pin(kernel, choice);
                std::fill(const_cast<float*>(output.begin()), const_cast<float*>(output.end()), -1.0f);
                try {
                    ctx.run(kernel, arguments...);
                } catch (const Error& error) {
                    ASSERT_EQ(error.code(), ErrorCode::unsupported)
                        << error.what();  // it does not fit this call
                    continue;
                }
                ASSERT_TRUE(std::equal(output.begin(), output.end(), expected.begin()))
                    << choice.architecture << "/" << choice.schedule << ", " << threads << " threads";
            }
        }
        ctx.unpin(kernel);
    };
    for (const int n : {1, 7, 64, 131}) {
        auto m = ctx.array<float>({n, n + 3}), b = ctx.array<float>({n + 3, 2 * n}),
             c = ctx.array<float>({n, 2 * n});
        fill(m.flat(), -7.0f);
        fill(b.flat(), 1.0f / 3.0f);
        check(product, c, m, b, c);
        auto t = ctx.array<float>({n + 3, n});
        check(flip, t, m, t);
        auto sum_of_all = ctx.array<float>();
        check(total, sum_of_all, m.flat(), sum_of_all);
        auto smoothed = ctx.array<float>({m.size()});
        check(smooth, smoothed, m.flat(), smoothed);
    }
}

TEST(Context, SeveralThreadsMayCallAtOnce) {
    const TemporaryFolder folder;
    Options options;
    options.mode = Mode::measure;
    options.wisdom = folder / "wisdom.sqlite";
    options.threads = 3;
    const Context ctx(options);
    auto m = ctx.array<float>({64, 64}), b = ctx.array<float>({64, 64}),
         expected = ctx.array<float>({64, 64});
    fill(m.flat());
    fill(b.flat(), -1.0f);
    ctx.run(product, m, b, expected);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            auto c = ctx.array<float>({64, 64});
            auto call = ctx.prepare(product, m, b, c);
            for (int round = 0; round < 60; ++round) {
                c.fill(0.0f);
                if ((round + t) % 2 == 0)
                    call();
                else
                    ctx.run(product, m, b, c);
                wrong += !std::equal(c.begin(), c.end(), expected.begin());
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

/// Counts, and runs pieces on threads of its own.
class OwnThreads final : public Executor {
  public:
    int concurrency() const override { return 3; }
    void parallel_for(std::int64_t count, TaskBody body) override {
        ++calls;
        std::vector<std::thread> threads;
        for (std::int64_t piece = 0; piece < count; ++piece) threads.emplace_back([=] { body(piece); });
        for (std::thread& thread : threads) thread.join();
    }
    std::atomic<int> calls{0};
};

TEST(Context, UsesTheApplicationsExecutor) {
    OwnThreads executor;
    Options options = plain_options();
    options.executor = &executor;
    Context ctx(options);
    EXPECT_EQ(ctx.devices().at(0).threads, 3);
    ctx.pin(saxpy, {.threads = 3});
    auto vx = ctx.array<float>({200000}), vy = ctx.array<float>({200000}), vz = ctx.array<float>({200000});
    fill(vx.flat());
    ctx.run(saxpy, 1.0f, vx, vy, vz);
    EXPECT_EQ(executor.calls, 1);
    EXPECT_TRUE(std::equal(vz.begin(), vz.end(), vx.begin()));
}

TEST(Context, WorksInAForkedChild) {
    if (!forks_may_start_threads) GTEST_SKIP() << "the thread sanitizer forbids threads in a forked child";
    const TemporaryFolder folder;
    Options options = remembering_options(folder / "wisdom.sqlite");
    options.threads = 2;
    const Context ctx(options);
    auto m = ctx.array<float>({256, 256}), c = ctx.array<float>({256, 256});
    fill(m.flat());
    for (int round = 0; round < 4; ++round) ctx.run(product, m, m, c);
    const auto work = [&] {
        auto d = ctx.array<float>({256, 256});
        for (int round = 0; round < 40; ++round) ctx.run(product, m, m, d);
        return std::equal(c.begin(), c.end(), d.begin()) ? 0 : 1;
    };
    EXPECT_EQ(in_child(work), 0);
    EXPECT_EQ(work(), 0);
}

}  // namespace
}  // namespace sporkle::test
