// Conversions between formats by integer operations against half.hpp, which rounds from double in one step,
// and against the compiler's own for rounding to odd.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <sporkle/half.hpp>
#include <sporkle/math/convert.hpp>
#include <sporkle/math/odd.hpp>

namespace sporkle::math {
namespace {

bool is_nan_f16(int pattern) { return (pattern & 0x7fff) > 0x7c00; }
bool is_nan_bf16(int pattern) { return (pattern & 0x7fff) > 0x7f80; }

TEST(Convert, every_f16_widens) {
    for (int pattern = 0; pattern < 0x10000; ++pattern) {
        const float expected = half::from_bits(static_cast<std::uint16_t>(pattern));
        const float actual = float_from_f16(Scalar<std::int32_t>(pattern)).value;
        if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(actual)) << pattern;
        else
            ASSERT_EQ(std::bit_cast<std::uint32_t>(actual), std::bit_cast<std::uint32_t>(expected))
                << pattern;
    }
}

TEST(Convert, every_bf16_widens) {
    for (int pattern = 0; pattern < 0x10000; ++pattern) {
        const float expected = bfloat16::from_bits(static_cast<std::uint16_t>(pattern));
        const float actual = float_from_bf16(Scalar<std::int32_t>(pattern)).value;
        if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(actual)) << pattern;
        else
            ASSERT_EQ(std::bit_cast<std::uint32_t>(actual), std::bit_cast<std::uint32_t>(expected))
                << pattern;
    }
}

/// Both formats, from a float and from a double near it.
void check(double x) {
    const float narrow = static_cast<float>(x);
    for (const double value : {static_cast<double>(narrow), x}) {
        const Scalar<float> f = odd_float(Scalar<double>(value));
        const int f16 = f16_from_float(f).value, bf16 = bf16_from_float(f).value;
        if (std::isnan(value)) {
            ASSERT_TRUE(is_nan_f16(f16) && is_nan_bf16(bf16));
            continue;
        }
        ASSERT_EQ(f16, half(value).bits()) << std::hexfloat << value;
        ASSERT_EQ(bf16, bfloat16(value).bits()) << std::hexfloat << value;
    }
}

TEST(Convert, floats_and_doubles_narrow_in_one_rounding) {
    using L = std::numeric_limits<double>;
    for (const double x : {0.0,
                           -0.0,
                           L::infinity(),
                           -L::infinity(),
                           L::quiet_NaN(),
                           L::max(),
                           L::lowest(),
                           L::min(),
                           L::denorm_min(),
                           65519.99999999,
                           65520.0,
                           65504.0,
                           -65520.0,
                           0x1p-24,
                           0x1p-25,
                           0x1.0000000001p-25,
                           0x1p-149,
                           0x1p-150,
                           0x1.0000000000001p-150,
                           0x1p-134,
                           0x1.fep127,
                           0x1.ffp127,
                           0x1.feffffffffp127})
        check(x);
    constexpr std::uint64_t seed = 3;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 2'000'000; ++i) {
        // Exponents of either format, a tie of one of them, and then a little beside it or not.
        const int exponent = static_cast<int>(random() % 300) - 160;
        const std::uint64_t kept_bits = random() % 24;
        std::uint64_t fraction = random() & 0xfffffffffffffu;
        if (random() % 4 != 0) fraction = fraction >> (52 - kept_bits) << (52 - kept_bits);
        if (random() % 2 != 0) fraction ^= std::uint64_t(1) << (random() % 52);
        const double x = std::ldexp(1.0 + static_cast<double>(fraction) * 0x1p-52, exponent);
        check(random() % 2 ? x : -x);
        if (HasFatalFailure()) FAIL() << "seed " << seed << ", case " << i;
    }
}

TEST(Convert, integers_narrow_in_one_rounding) {
    constexpr std::uint64_t seed = 4;
    std::mt19937_64 random(seed);
    using L = std::numeric_limits<std::int64_t>;
    for (int i = 0; i < 1'000'000; ++i) {
        // A few leading bits, zeros, and perhaps one far below: ties and what is just beside them.
        const int top = static_cast<int>(random() % 64);
        std::uint64_t bits = (random() >> 55 | 0x100) << 54 >> (63 - top) | (random() % 3 == 0);
        if (i % 10 == 0) bits = random();
        if (i == 0) bits = static_cast<std::uint64_t>(L::min());
        if (i == 1) bits = static_cast<std::uint64_t>(L::max());
        const auto x = static_cast<std::int64_t>(random() % 2 ? bits : 0 - bits);
        const double odd = odd_double(Scalar<std::int64_t>(x)).value;
        const double nearest = static_cast<double>(x);
        ASSERT_EQ(static_cast<float>(odd), static_cast<float>(x)) << x << ", seed " << seed << ", case " << i;
        ASSERT_LE(std::fabs(odd - nearest), std::fabs(nearest) * 0x1p-42);
        ASSERT_TRUE(odd == nearest || std::fabs(nearest) >= 0x1p53);
    }
}

}  // namespace
}  // namespace sporkle::math
