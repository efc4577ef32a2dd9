// Calls whose arguments share memory: results are as if all inputs were read first.
#include <gtest/gtest.h>

#include <random>

#include "tests/runtime/kernels.hpp"
#include "tests/runtime/support.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::test {
namespace {

class Alias : public ::testing::Test {
  protected:
    void SetUp() override { fill(memory); }
    Context ctx{plain_options()};
    std::vector<float> memory = std::vector<float>(5000);
};

TEST_F(Alias, AMapMayWriteWhereItReads) {
    std::vector<float> other(5000, 1.0f), expected(5000);
    ctx.run(saxpy, 2.0f, memory, other, expected);
    ctx.run(saxpy, 2.0f, memory, other, memory);
    EXPECT_EQ(memory, expected);
    fill(memory);
    ctx.run(saxpy, 2.0f, memory, memory, expected);
    ctx.run(saxpy, 2.0f, memory, memory, memory);
    EXPECT_EQ(memory, expected);
}

TEST_F(Alias, ShiftedAndReversedInputsAreReadBeforeTheyAreWritten) {
    const std::vector<float> before = memory;
    const auto whole = view(memory);
    const auto original = view(before);
    struct Case {
        View<float, 1> in, out;
        View<const float, 1> same;
    };
    const Case cases[] = {
        {whole.slice(0, 0, 4000), whole.slice(0, 1, 4001), original.slice(0, 0, 4000)},
        {whole.slice(0, 1000, 5000), whole.slice(0, 0, 4000), original.slice(0, 1000, 5000)},
        {whole.slice(0, 4999, -1, -1), whole, original.slice(0, 4999, -1, -1)},
        {whole.slice(0, 0, 5000, 2), whole.slice(0, 0, 2500), original.slice(0, 0, 5000, 2)},
    };
    for (const Case& c : cases) {
        memory = before;
        std::vector<float> expected(static_cast<std::size_t>(c.out.size())), got;
        ctx.run(saxpy, 2.0f, c.same, c.same, expected);
        ctx.run(saxpy, 2.0f, c.in, c.in, c.out);
        for (std::int64_t e = 0; e < c.out.size(); ++e) got.push_back(c.out(e));
        EXPECT_EQ(got, expected);
    }
}

TEST_F(Alias, AStencilDoesNotSeeItsOwnResults) {
    std::vector<float> expected(5000);
    ctx.run(smooth, memory, expected);
    ctx.run(smooth, memory, memory);
    EXPECT_EQ(memory, expected);
}

TEST_F(Alias, AMatrixIsTransposedAndSquaredInPlace) {
    auto m = ctx.array<float>({60, 60}), expected = ctx.array<float>({60, 60});
    fill(m.flat());
    ctx.run(flip, m, expected);
    ctx.run(flip, m, m);
    EXPECT_TRUE(std::equal(m.begin(), m.end(), expected.begin()));
    ctx.run(product, m, m, expected);
    ctx.run(product, m, m, m);
    EXPECT_TRUE(std::equal(m.begin(), m.end(), expected.begin()));
}

TEST_F(Alias, BlocksOfOneMatrixAreApart) {
    auto m = ctx.array<float>({60, 60}), expected = ctx.array<float>({60, 30});
    fill(m.flat());
    ctx.run(flip, m.slice(1, 0, 30).transpose(), expected);
    ctx.run(flip, m.slice(1, 0, 30).transpose(), m.slice(1, 30, 60));
    for (int r = 0; r < 60; ++r)
        for (int c = 0; c < 30; ++c) ASSERT_EQ(m(r, 30 + c), expected(r, c));
}

TEST_F(Alias, OutputsMayNotShareMemory) {
    std::vector<float> in(100), out(150);
    const auto whole = view(out);
    const Thrown thrown =
        thrown_by([&] { ctx.run(split, in, whole.slice(0, 0, 100), whole.slice(0, 50, 150)); });
    EXPECT_EQ(thrown.code, ErrorCode::invalid_argument);
    for (const char* part : {"kernel 'split'", "'y'", "'z'", "share memory"})
        EXPECT_NE(thrown.message.find(part), std::string::npos) << thrown.message;
    // Interleaved outputs share none.
    std::vector<float> pairs(200);
    ctx.run(split, in, view(pairs).slice(0, 0, 200, 2), view(pairs).slice(0, 1, 200, 2));
    EXPECT_EQ(pairs[0], 1.0f);
    EXPECT_EQ(pairs[1], -1.0f);
    // With two outputs an input may still be the memory of one of them.
    std::vector<float> both(100, 5.0f), lower(100);
    ctx.run(split, both, both, lower);
    EXPECT_EQ(both[99], 6.0f);
    EXPECT_EQ(lower[99], 4.0f);
}

TEST_F(Alias, AnOutputMayNotLieOnItself) {
    std::vector<float> in(100), out(100);
    const Thrown thrown = thrown_by([&] { ctx.run(saxpy, 1.0f, in, in, view(out.data(), {100}, {0})); });
    EXPECT_EQ(thrown.code, ErrorCode::invalid_argument);
    EXPECT_NE(thrown.message.find("'z'"), std::string::npos) << thrown.message;
}

TEST_F(Alias, PreparedCallsReadTheirInputsAnewEachTime) {
    auto call = ctx.prepare(smooth, memory, memory);
    std::vector<float> by_hand = memory, next(5000);
    for (int round = 0; round < 3; ++round) {
        call();
        ctx.run(smooth, by_hand, next);
        by_hand.swap(next);
        ASSERT_EQ(memory, by_hand);
    }
}

TEST_F(Alias, RandomViewsOfOneBuffer) {
    const unsigned seed = sporkle::testing::test_seed();
    std::mt19937 random(seed);
    const std::vector<float> before = memory;
    for (int round = 0; round < 400; ++round) {
        const std::int64_t n = 1 + static_cast<std::int64_t>(random() % 50);
        const auto pick = [&](auto whole) {
            const std::int64_t step = 1 + static_cast<std::int64_t>(random() % 3);
            const std::int64_t begin = static_cast<std::int64_t>(random() % 60);
            const auto forward = whole.slice(0, begin, begin + n * step, step);
            return random() % 2 ? forward : forward.slice(0, n - 1, -1, -1);
        };
        memory = before;
        const std::mt19937 state = random;
        const auto in = pick(view(memory)), also = pick(view(memory)), out = pick(view(memory));
        random = state;
        const auto same_in = pick(view(before)), same_also = pick(view(before));
        std::vector<float> expected(static_cast<std::size_t>(n));
        ctx.run(saxpy, 3.0f, same_in, same_also, expected);
        ctx.run(saxpy, 3.0f, in, also, out);
        random.discard(3);
        for (std::int64_t e = 0; e < n; ++e)
            ASSERT_EQ(out(e), expected[static_cast<std::size_t>(e)]) << "round " << round;
    }
}

}  // namespace
}  // namespace sporkle::test
