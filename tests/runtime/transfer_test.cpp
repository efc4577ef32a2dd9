// Calls on a device with memory of its own: what is moved, to the byte, and that the results are those of the
// CPU.
#include <numeric>
#include <random>

#include "tests/runtime/device_fixture.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::test {
namespace {

class Transfer : public DeviceTest {
  protected:
    void expect_moved(long up, long down) {
        EXPECT_EQ(pretended().uploaded_bytes, up);
        EXPECT_EQ(pretended().downloaded_bytes, down);
        EXPECT_EQ(pretended().launches, 1);
        pretended().forget();
    }
};

TEST_F(Transfer, HostOperandsGoUpAndResultsComeDown) {
    std::vector<float> x(1000), y(1000), z(1000), expected(1000);
    fill(x);
    fill(y, -5.0f);
    ctx().on("cpu").run(saxpy, 2.0f, x, y, expected);
    EXPECT_EQ(pretended().uploads, 0);
    device().run(saxpy, 2.0f, x, y, z);
    EXPECT_EQ(z, expected);
    expect_moved(8000, 4000);
    // The same memory for two arguments goes up once.
    device().run(saxpy, 2.0f, x, x, z);
    expect_moved(4000, 4000);
    for (int e = 0; e < 1000; ++e)
        ASSERT_EQ(z[static_cast<std::size_t>(e)], 3.0f * x[static_cast<std::size_t>(e)]);
}

TEST_F(Transfer, DeviceOperandsStayWhereTheyAre) {
    auto x = device().array<float>({1000}), y = device().array<float>({1000}),
         z = device().array<float>({1000});
    std::vector<float> values(1000), got(1000);
    fill(values);
    x.copy_from(values);
    pretended().forget();
    device().run(saxpy, 2.0f, x, y, z);
    ctx().run(saxpy, 2.0f, x, y, z);  // any device: the one where everything lies
    EXPECT_EQ(pretended().launches, 2);
    EXPECT_EQ(pretended().uploaded_bytes + pretended().downloaded_bytes + pretended().copied_bytes, 0);
    z.copy_to(got);
    for (std::size_t e = 0; e < 1000; ++e) ASSERT_EQ(got[e], 2.0f * values[e]);
}

TEST_F(Transfer, BuffersAreKeptFromCallToCall) {
    auto x = ctx().array<float>({1000}), z = ctx().array<float>({1000}), other = ctx().array<float>({1000});
    other.fill(1.0f);
    auto call = device().prepare(saxpy, 2.0f, x, x, z);
    call();
    device().run(saxpy, 2.0f, x, x, z);
    const long before = pretended().allocations;
    for (int round = 0; round < 5; ++round) {
        fill(x.flat(), static_cast<float>(round));
        call();
        EXPECT_EQ(z(7), 3.0f * x(7));
        device().run(saxpy, 1.0f, other, other, z);  // other memory, the same workload
        EXPECT_EQ(z(7), 2.0f);
    }
    EXPECT_EQ(pretended().allocations, before);
    device().run(saxpy, 1.0f, other, x, z);  // the arguments are no longer the same memory
    device().run(saxpy, 1.0f, x, other, z);
    EXPECT_EQ(pretended().allocations, before + 1);
}

TEST_F(Transfer, OnlyElementsGoUpAndOnlyElementsComeBack) {
    auto m = ctx().array<float>({20, 30}), out = ctx().array<float>({20, 30});
    fill(m.flat());
    out.fill(-7.0f);
    // One column in ten, upwards and downwards, into every third element of a row.
    device().run(saxpy, 1.0f, m.select(1, 3).slice(0, 0, 10), m.select(1, 4).slice(0, 19, 9, -1),
                 out.select(0, 2).slice(0, 0, 30, 3));
    expect_moved(80, 40);
    for (int r = 0; r < 20; ++r)
        for (int c = 0; c < 30; ++c)
            ASSERT_EQ(out(r, c), r == 2 && c % 3 == 0 ? m(c / 3, 3) + m(19 - c / 3, 4) : -7.0f);
}

TEST_F(Transfer, WhatLiesTogetherGoesInOnePieceWhateverItsOrder) {
    auto m = ctx().array<float>({20, 30}), t = ctx().array<float>({20, 30});
    fill(m.flat());
    // flip(transpose) is a copy; reversed rows and columns are still one piece.
    device().run(flip, m.transpose(), t);
    expect_moved(2400, 2400);
    EXPECT_TRUE(std::equal(m.begin(), m.end(), t.begin()));
    device().run(flip, m.slice(0, 19, -1, -1).transpose(), t.slice(1, 29, -1, -1));
    expect_moved(2400, 2400);
    for (int r = 0; r < 20; ++r)
        for (int c = 0; c < 30; ++c) ASSERT_EQ(t(r, c), m(19 - r, 29 - c));
    device().run(flip, m.slice(1, 0, 10), t.slice(0, 0, 10).slice(1, 0, 20));
    expect_moved(800, 800);
    for (int r = 0; r < 10; ++r)
        for (int c = 0; c < 20; ++c) ASSERT_EQ(t(r, c), m(c, r));
}

TEST_F(Transfer, WhatIsRepeatedGoesUpOnce) {
    auto row = ctx().array<float>({1, 500}), b = ctx().array<float>({40, 500}),
         t = ctx().array<float>({500, 40});
    fill(row.flat());
    device().run(flip, row.broadcast(0, 40), t);
    expect_moved(2000, 80000);
    for (int r = 0; r < 40; ++r) ASSERT_EQ(t(499, r), row(0, 499));
    float one = 3.0f;
    std::vector<float> z(10);
    device().run(saxpy, 2.0f, view(&one, {10}, {0}), view(&one, {10}, {0}), z);
    expect_moved(4, 40);
    EXPECT_EQ(z[9], 9.0f);
    // A window that slides over itself goes up as it lies.
    std::vector<float> x(13);
    fill(x);
    auto w = ctx().array<float>({4, 10});
    device().run(flip, view(x.data(), {10, 4}, {1, 1}), w);
    expect_moved(52, 160);
    EXPECT_EQ(w(3, 9), x[12]);
}

TEST_F(Transfer, ScalarsRankZeroAndNothing) {
    std::vector<float> x(100, 0.5f), none;
    float sum = -1.0f;
    device().run(total, x, sum);
    EXPECT_EQ(sum, 50.0f);
    pretended().forget();
    device().run(total, none, sum);  // the sum of nothing is written
    EXPECT_EQ(sum, 0.0f);
    expect_moved(0, 4);
    device().run(saxpy, 1.0f, none, none, none);
    EXPECT_EQ(pretended().launches, 0);
    auto empty = device().array<float>({0, 5});
    auto out = device().array<float>({5, 0});
    device().run(flip, empty, out);
    auto b = device().array<float>({0, 3}), a = device().array<float>({2, 0}),
         c = device().array<float>({2, 3});
    std::vector<float> got(6);
    device().run(product, a, b, c);
    c.view().permute({0, 1}).copy_to(view(got.data(), {2, 3}));
    EXPECT_EQ(got, std::vector<float>(6));
}

TEST_F(Transfer, InPlaceMeansTheSameAsOnTheCpu) {
    std::vector<float> m(1000), expected(1000), y(1000, 1.0f);
    fill(m);
    ctx().on("cpu").run(saxpy, 2.0f, m, y, expected);
    device().run(saxpy, 2.0f, m, y, m);
    EXPECT_EQ(m, expected);
    expect_moved(8000, 4000);
    // On the device nothing moves.
    auto d = device().array<float>({1000}), one = device().array<float>({1000});
    fill(m);
    d.copy_from(m);
    one.copy_from(y);
    pretended().forget();
    device().run(saxpy, 2.0f, d, one, d);
    expect_moved(0, 0);
    EXPECT_EQ(pretended().copied_bytes, 0);
    d.copy_to(m);
    EXPECT_EQ(m, expected);
}

TEST_F(Transfer, OverlappingInputsAreCopiedOnTheDevice) {
    std::vector<float> m(1000), expected(1000), got(1000);
    fill(m);
    ctx().on("cpu").run(smooth, m, expected);
    auto d = device().array<float>({1000});
    d.copy_from(m);
    pretended().forget();
    device().run(smooth, d, d);
    EXPECT_EQ(pretended().copied_bytes, 4000);
    expect_moved(0, 0);
    d.copy_to(got);
    EXPECT_EQ(got, expected);
    // Shifted by half.
    d.copy_from(m);
    device().run(saxpy, 3.0f, d.slice(0, 0, 900), d.slice(0, 50, 950), d.slice(0, 100, 1000));
    ctx().on("cpu").run(saxpy, 3.0f, view(m).slice(0, 0, 900), view(m).slice(0, 50, 950),
                        view(m).slice(0, 100, 1000));
    d.copy_to(got);
    EXPECT_EQ(got, m);
}

TEST_F(Transfer, TheCpuWorksOnDeviceOperandsThroughCopies) {
    std::vector<float> x(1000), got(1000), expected(1000);
    fill(x);
    auto d = device().array<float>({1000}), z = device().array<float>({1000});
    d.copy_from(x);
    pretended().forget();
    ctx().on("cpu").run(saxpy, 2.0f, d, x, z);
    EXPECT_EQ(pretended().downloaded_bytes, 4000);
    EXPECT_EQ(pretended().uploaded_bytes, 4000);
    EXPECT_EQ(pretended().launches, 0);
    z.copy_to(got);
    ctx().run(saxpy, 2.0f, x, x, expected);
    EXPECT_EQ(got, expected);
    // Interleaved outputs of one array are one region, and what is between elements stays.
    auto pairs = device().array<float>({300});
    pairs.copy_from(std::vector<float>(300, 9.0f));
    ctx().on("cpu").run(split, view(x).slice(0, 0, 100), pairs.slice(0, 0, 300, 3),
                        pairs.slice(0, 1, 300, 3));
    std::vector<float> all(300);
    pairs.copy_to(all);
    for (std::size_t e = 0; e < 100; ++e) {
        ASSERT_EQ(all[3 * e], x[e] + 1.0f);
        ASSERT_EQ(all[3 * e + 1], x[e] - 1.0f);
        ASSERT_EQ(all[3 * e + 2], 9.0f);
    }
    // In place, and an overlap.
    ctx().on("cpu").run(saxpy, 2.0f, d, x, d);
    ctx().on("cpu").run(smooth, d, d);
    ctx().run(smooth, expected, expected);
    d.copy_to(got);
    EXPECT_EQ(got, expected);
}

TEST_F(Transfer, TheReferenceWorksOnDeviceOperands) {
    std::vector<float> x(50), got(50), expected(50);
    fill(x);
    ctx().run(smooth, x, expected);
    ctx().pin(smooth, {.schedule = "reference"});
    auto d = device().array<float>({50});
    d.copy_from(x);
    device().run(smooth, d, d);
    d.copy_to(got);
    EXPECT_EQ(got, expected);
    EXPECT_EQ(pretended().launches, 0);
}

TEST_F(Transfer, UnifiedMemoryIsUsedWhereItLies) {
    pretended().host_visible = true;
    std::vector<float> x(100);
    fill(x);
    auto d = device().array<float>({100}), z = device().array<float>({100});
    d.copy_from(x);
    pretended().forget();
    ctx().on("cpu").run(saxpy, 2.0f, d, x, z);
    EXPECT_EQ(pretended().uploaded_bytes + pretended().downloaded_bytes, 0);
    ASSERT_TRUE(z.host_visible());
    for (int e = 0; e < 100; ++e) ASSERT_EQ(z.host()(e), 3.0f * x[static_cast<std::size_t>(e)]);
    ctx().on("cpu").run(smooth, d, d);
    EXPECT_EQ(pretended().uploaded_bytes + pretended().downloaded_bytes, 0);
    std::vector<float> expected(100);
    ctx().run(smooth, x, expected);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), &d.host()(0)));
}

TEST_F(Transfer, OperandsOfAnotherDeviceComeThroughTheHost) {
    std::vector<float> x(1000), got(1000), expected(1000);
    fill(x);
    ctx().on("cpu").run(saxpy, 2.0f, x, x, expected);
    auto here = device(0).array<float>({1000}), there = device(1).array<float>({1000}),
         result = device(1).array<float>({1000});
    here.copy_from(x);
    there.copy_from(x);
    pretended(0).forget();
    pretended(1).forget();
    device(0).run(saxpy, 2.0f, here, there, result);
    EXPECT_EQ(pretended(0).launches, 1);
    EXPECT_EQ(pretended(1).downloaded_bytes, 4000);  // `there`; the result is all written
    EXPECT_EQ(pretended(0).uploaded_bytes, 4000);
    EXPECT_EQ(pretended(0).downloaded_bytes, 4000);
    EXPECT_EQ(pretended(1).uploaded_bytes, 4000);
    result.copy_to(got);
    EXPECT_EQ(got, expected);
}

TEST_F(Transfer, EveryVariantGivesTheBitsOfTheCpu) {
    const auto check = [&](const auto& kernel, auto& output, auto&&... arguments) {
        ctx().pin(kernel, {.schedule = "reference"});
        ctx().run(kernel, arguments...);
        const std::vector<float> expected(output.begin(), output.end());
        int ran = 0;
        for (const VariantInfo& variant : ctx().variants(kernel)) {
            if (!contains(variant.choice.device, "pretended")) continue;
            ctx().pin(kernel, variant.choice);
            std::fill(output.begin(), output.end(), -1.0f);
            try {
                ctx().run(kernel, arguments...);
            } catch (const Error& error) {
                ASSERT_EQ(error.code(), ErrorCode::unsupported) << error.what();  // it does not fit this call
                continue;
            }
            ++ran;
            ASSERT_TRUE(std::equal(output.begin(), output.end(), expected.begin()))
                << variant.choice.schedule;
        }
        ctx().unpin(kernel);
        EXPECT_GT(ran, 2);
    };
    auto m = ctx().array<float>({61, 64}), b = ctx().array<float>({64, 122}),
         c = ctx().array<float>({61, 122}), t = ctx().array<float>({64, 61});
    auto smoothed = ctx().array<float>({m.size()});
    auto sum = ctx().array<float>();
    fill(m.flat(), -7.0f);
    fill(b.flat(), 1.0f / 3.0f);
    check(product, c, m, b, c);
    check(flip, t, m, t);
    check(total, sum, m.flat(), sum);
    check(smooth, smoothed, m.flat(), smoothed);
    EXPECT_GT(pretended().most_arenas, 0);  // some variant of these had scratch for tasks
    EXPECT_LE(pretended().most_arenas, 3);
}

/// Views of random steps and directions of four pieces of memory, on any place each, on every device.
TEST_F(Transfer, RandomViewsOfRandomPlaces) {
    const unsigned seed = sporkle::testing::test_seed();
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
    constexpr int size = 230;
    const char* names[] = {"cpu", "pretended:0", "pretended:1"};
    for (int round = 0; round < 400; ++round) {
        std::vector<float> memory[3];
        DeviceArray<float, 1> arrays[3];
        for (int p = 0; p < 3; ++p) {
            memory[p].resize(size);
            fill(memory[p], 100.0f * static_cast<float>(p));
            arrays[p] = ctx().on(names[p]).array<float>({size});
            arrays[p].copy_from(memory[p]);
        }
        const std::int64_t n = 1 + below(50);
        struct Pick {
            View<float, 1> host;
            DeviceView<float, 1> device;
        };
        const auto pick = [&] {
            const auto place = static_cast<std::size_t>(below(3));
            const std::int64_t step = 1 + below(3), begin = below(60);
            const bool back = below(2) == 0;
            const auto cut = [&](auto whole) {
                const auto forward = whole.slice(0, begin, begin + n * step, step);
                return back ? forward.slice(0, n - 1, -1, -1) : forward;
            };
            return Pick{cut(view(memory[place])), cut(arrays[place].view())};
        };
        const Pick x = pick(), y = pick(), z = pick();
        const char* where = names[below(3)];
        ctx().on("cpu").run(saxpy, 3.0f, x.host, y.host, z.host);
        ctx().on(where).run(saxpy, 3.0f, x.device, y.device, z.device);
        for (int p = 0; p < 3; ++p) {
            std::vector<float> got(size);
            arrays[p].copy_to(got);
            ASSERT_EQ(got, memory[p]) << "round " << round << " on " << where << ", memory of " << names[p];
        }
    }
}

}  // namespace
}  // namespace sporkle::test
