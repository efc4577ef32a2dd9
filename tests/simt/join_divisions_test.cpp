// Divisions by one number through its reciprocal: the same bits, and only where several share it.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"
#include "codegen/simt/distribute.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

constexpr std::int64_t most = 8;  ///< dividends

/// Reads up to eight dividends and a divisor, writes what `fill` stores: @dividend, @divisor, @quotient.
Kernel kernel_of(const std::function<void(Builder&)>& fill) {
    Builder b("divisions", 1);
    b.add_buffer({"dividend", Space::global, DType::f32, 0, 0, false});
    b.add_buffer({"divisor", Space::global, DType::f32, 0, 0, false});
    b.add_buffer({"quotient", Space::global, DType::f32, 0, 0, true});
    fill(b);
    return b.finish();
}

std::vector<float> run(const Kernel& kernel, std::vector<float> dividends, float divisor, bool flushes) {
    std::vector<float> quotients(dividends.size());
    const auto bytes = [](float* x) { return reinterpret_cast<std::byte*>(x); };
    const Memory memory[] = {{bytes(dividends.data()), 0, most - 1},
                             {bytes(&divisor), 0, 0},
                             {bytes(quotients.data()), 0, most - 1}};
    const std::uint64_t parameters[1] = {};
    EXPECT_EQ(interpret(kernel, {parameters, memory, 0, {1, 1, 1}, flushes}), "") << print(kernel);
    return quotients;
}

float any_number(std::mt19937& random) {
    constexpr float specials[] = {
        0,         -0.0f,      HUGE_VALF, -HUGE_VALF, std::numeric_limits<float>::quiet_NaN(),
        0x1p-149f, -0x1p-130f, 0x1p-61f,  0x1p61f,    0x1.fffffep0f};
    const auto bits = static_cast<std::uint32_t>(random());
    switch (random() % 8) {
        case 0:
            return specials[bits % std::size(specials)];
        case 1:
            return std::bit_cast<float>(bits);
        default:  // 2^-16 … 2^16
            return std::bit_cast<float>((bits & 0x807fffffu) | (111 + bits % 33) << 23);
    }
}

/// How many branches the joined kernel has, which leaves the same behind as the plain one.
int branches(const std::function<void(Builder&)>& fill) {
    const Kernel plain = kernel_of(fill), joined = codegen::join_divisions(plain);
    EXPECT_EQ(verify(joined), "") << print(joined);
    constexpr unsigned seed = 5;
    std::mt19937 random(seed);
    for (int turn = 0; turn < 1000; ++turn) {
        // All from the same range half the time, so that the fast way is taken, too.
        std::vector<float> dividends;
        for (std::int64_t n = 0; n < most; ++n)
            dividends.push_back(turn % 2 == 0
                                    ? any_number(random)
                                    : std::ldexp(static_cast<float>(random() % (1u << 24)) + 1, -20));
        const float divisor = any_number(random);
        const std::vector<float> expected = run(plain, dividends, divisor, false);
        for (const bool flushes : {false, true}) {
            const std::vector<float> actual = run(joined, dividends, divisor, flushes);
            for (std::size_t n = 0; n < actual.size(); ++n) {
                if (std::isnan(expected[n]) && std::isnan(actual[n])) continue;
                EXPECT_EQ(std::bit_cast<std::uint32_t>(actual[n]), std::bit_cast<std::uint32_t>(expected[n]))
                    << dividends[n] << " / " << divisor << ", seed " << seed;
            }
            if (::testing::Test::HasFailure()) return -1;
        }
    }
    const std::function<int(const Region&)> count = [&](const Region& region) {
        int found = 0;
        for (const Instruction& x : region.body) {
            found += x.op == Op::if_ ? 1 : 0;
            for (const Region& inner : x.regions) found += count(inner);
        }
        return found;
    };
    return count(joined.body);
}

Value dividend(Builder& b, std::int64_t n, int lanes = 1) { return b.load(0, b.integer(n), lanes); }
Value divisor(Builder& b) { return b.load(1, b.integer(0), 1); }
void keep(Builder& b, Value quotient, std::int64_t n) { b.store(2, quotient, b.integer(n)); }

TEST(JoinDivisions, SeveralDividends) {
    EXPECT_EQ(branches([](Builder& b) {
                  const Value by = divisor(b);
                  std::vector<Value> dividends;
                  for (std::int64_t n = 0; n < most; ++n) dividends.push_back(dividend(b, n));
                  for (std::int64_t n = 0; n < most; ++n)
                      keep(b, b.binary(Op::div, dividends[static_cast<std::size_t>(n)], by), n);
              }),
              1);
}

TEST(JoinDivisions, Vectors) {
    EXPECT_EQ(branches([](Builder& b) {
                  const Value by = divisor(b);
                  keep(b, b.binary(Op::div, dividend(b, 0, 4), by), 0);
                  keep(b, b.binary(Op::div, dividend(b, 4, 2), by), 4);
              }),
              1);  // two lanes are too few
}

TEST(JoinDivisions, ADividendThatIsAQuotientWaits) {
    EXPECT_EQ(branches([](Builder& b) {
                  const Value by = divisor(b);
                  const Value first = b.binary(Op::div, dividend(b, 0, 4), by);
                  keep(b, first, 0);
                  keep(b, b.binary(Op::div, first, by), 4);
              }),
              2);
}

TEST(JoinDivisions, InALoop) {
    EXPECT_EQ(branches([](Builder& b) {
                  const Value by = divisor(b);
                  b.for_each(b.integer(0), b.integer(most), b.integer(1),
                             [&](Value n) { b.store(2, b.binary(Op::div, b.load(0, n, 1), by), n); });
              }),
              1);
}

TEST(JoinDivisions, NoneOfFewOrByConstantsOrOfOtherTypes) {
    EXPECT_EQ(branches([](Builder& b) {
                  const Value by = divisor(b), wide = b.convert(by, DType::f64);
                  for (std::int64_t n = 0; n < 3; ++n) keep(b, b.binary(Op::div, dividend(b, n), by), n);
                  b.for_each(b.integer(0), b.integer(most), b.integer(1), [&](Value n) {
                      const Value x = b.load(0, n, 1), other = b.add(x, x);
                      b.store(2, b.binary(Op::div, x, other), n);
                      b.store(2, b.binary(Op::div, x, b.floating(3, {DType::f32, 1})), n);
                      b.store(2, b.convert(b.binary(Op::div, b.convert(x, DType::f64), wide), DType::f32), n);
                  });
              }),
              0);
}

}  // namespace
}  // namespace sporkle::testing
