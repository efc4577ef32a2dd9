// Single precision computed by operations that flush (sporkle/math/flushing.hpp), against IEEE arithmetic.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include <sporkle/math/flushing.hpp>

#include "tests/math/adversary.hpp"

namespace sporkle::math {
namespace {

float flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }

/// How a machine's fma flushes.
enum class Flush {
    before_rounding,  ///< results whose exact value is below the least normal number
    after_rounding,   ///< of numbers whose exponent has no limit
    as_subnormal,     ///< results that are subnormal when rounded
    operands_only,
    results_only,
    nothing
};
constexpr Flush all_flushes[] = {Flush::before_rounding, Flush::after_rounding, Flush::as_subnormal,
                                 Flush::operands_only,   Flush::results_only,   Flush::nothing};

float flushing_fma(Flush flush, float a, float b, float c) {
    if (flush == Flush::nothing) return std::fma(a, b, c);
    if (flush != Flush::results_only) {
        a = flushed(a);
        b = flushed(b);
        c = flushed(c);
    }
    const float result = std::fma(a, b, c);
    if (flush == Flush::operands_only) return result;
    if (std::fabs(result) != std::numeric_limits<float>::min() || flush == Flush::as_subnormal)
        return flushed(result);
    // Whether the exact value is less than what it was rounded to: 2^-126 less half a unit, of subnormals or
    // of numbers below.
    const double product = static_cast<double>(a) * b;  // exact
    const double nearest = product + c;  // sums near 2^-126 of such terms are exact, or not less
    const double least = std::numeric_limits<float>::min();
    const double limit = flush == Flush::before_rounding ? least : least - 0x1p-151;
    return std::fabs(nearest) < limit ? std::copysign(0.0f, result) : result;
}

/// A number whose comparisons and whose conversion to double precision flush.
template <class T>
struct Number {
    T value;
    Number(T v) : value(v) {}

    static T seen(Number x) {
        if constexpr (std::same_as<T, float>)
            return flushed(x.value);
        else
            return x.value;
    }
    friend Number operator+(Number a, Number b) { return (Scalar<T>(a.value) + Scalar<T>(b.value)).value; }
    friend Number operator-(Number a, Number b) { return a.value - b.value; }
    friend Number operator*(Number a, Number b) { return a.value * b.value; }
    friend Number operator&(Number a, Number b) { return a.value & b.value; }
    friend Number operator|(Number a, Number b) { return a.value | b.value; }
    friend Number<bool> operator<(Number a, Number b) { return seen(a) < seen(b); }
    friend Number<bool> operator<=(Number a, Number b) { return seen(a) <= seen(b); }
    friend Number<bool> operator>=(Number a, Number b) { return seen(a) >= seen(b); }
    friend Number<bool> operator==(Number a, Number b) { return seen(a) == seen(b); }
    friend Number<bool> operator!=(Number a, Number b) { return seen(a) != seen(b); }
    friend Number abs(Number a) { return std::fabs(a.value); }
    friend Number select(Number<bool> condition, Number a, Number b) { return condition.value ? a : b; }
};
Number<std::int32_t> bits_of(Number<float> x) { return std::bit_cast<std::int32_t>(x.value); }
template <class To, class From>
Number<To> convert(Number<From> x) {
    return static_cast<To>(Number<From>::seen(x));
}

std::uint32_t bits(float x) { return std::isnan(x) ? 0x7fc00000u : std::bit_cast<std::uint32_t>(x); }

/// As the repair does it: whether the fma's result would be taken, and then that it is right.
bool takes(float a, float b, float c, float result) {
    using N = Number<float>;
    return is_unflushed(N(a), N(b), N(c), N(result)).value ||
           is_unflushed_without_product(N(a), N(b), N(c)).value;
}

void expect_right_if_taken(float a, float b, float c) {
    const float right = std::fma(a, b, c);
    for (const Flush flush : all_flushes) {
        const float result = flushing_fma(flush, a, b, c);
        if (!takes(a, b, c, result)) continue;
        ASSERT_EQ(bits(result), bits(right)) << std::hexfloat << "fma(" << a << ", " << b << ", " << c
                                             << "), flush " << static_cast<int>(flush);
    }
}

constexpr float least = std::numeric_limits<float>::min(), tiny = std::numeric_limits<float>::denorm_min();

TEST(FlushingFma, WhatIsTakenIsRight) {
    Adversary<float> adversary(11);
    for (int i = 0; i < 1'000'000; ++i) {
        const float a = adversary.number(), b = adversary.factor(a);
        expect_right_if_taken(a, b, adversary.addend(a, b));
    }
}

/// Results about the least normal number, of products and sums that are rounded up to it or not.
TEST(FlushingFma, EdgeOfTheNormalNumbers) {
    Adversary<float> adversary(12);
    for (int i = 0; i < 300'000; ++i) {
        const float a = adversary.number(127 + static_cast<int>(i % 9) - 4);
        const float near = std::bit_cast<float>(std::bit_cast<std::uint32_t>(least) +
                                                static_cast<std::uint32_t>(i % 17) - 8u);
        expect_right_if_taken(a, near / a, 0.0f);
        expect_right_if_taken(a, near / a, tiny * static_cast<float>(i % 5 - 2));
        expect_right_if_taken(a, near / a, -near / 2);
        expect_right_if_taken(a, 2 * near / a, -near);
    }
}

/// The common cases must not go the long way.
TEST(FlushingFma, OrdinaryResultsAreTaken) {
    for (const float a : {1.5f, -0.75f, 0x1p-60f, least}) {
        EXPECT_TRUE(takes(a, 1.0f, 0.0f, a));
        EXPECT_TRUE(takes(a, 2.0f, 0.0f, a * 2));
        EXPECT_TRUE(takes(a, 2.0f, 3.0f, std::fma(a, 2.0f, 3.0f)));
        for (const float zero : {0.0f, -0.0f})
            for (const float c : {0.0f, -0.0f, 1.0f, -least}) {
                EXPECT_TRUE(takes(a, zero, c, std::fma(a, zero, c)));
                EXPECT_TRUE(takes(zero, a, c, std::fma(zero, a, c)));
            }
    }
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_TRUE(takes(infinity, 2.0f, 1.0f, infinity));
    EXPECT_TRUE(takes(infinity, 0.0f, 1.0f, std::nanf("")));
    EXPECT_FALSE(takes(tiny, 1.0f, 1.0f, 1.0f));
    EXPECT_FALSE(takes(1.0f, 1.0f, tiny, 1.0f));
    EXPECT_FALSE(takes(0.0f, 1.0f, tiny, 0.0f));
    EXPECT_FALSE(takes(0x1p-70f, 0x1p-70f, 0.0f, 0.0f));
}

TEST(FlushingConversion, SmallNumbersAreWidened) {
    for (std::uint64_t b = 0; b < (std::uint64_t(1) << 32);
         b += b % 3 == 0 && (b & 0x7fffffff) < 0x1000000 ? 3 : 3001) {
        const float x = std::bit_cast<float>(static_cast<std::uint32_t>(b));
        const double wide = widened(Number<float>(x)).value;
        if (std::isnan(x)) {
            ASSERT_TRUE(std::isnan(wide));
            continue;
        }
        ASSERT_EQ(std::bit_cast<std::uint64_t>(wide), std::bit_cast<std::uint64_t>(static_cast<double>(x)))
            << std::hexfloat << x;
    }
}

TEST(FlushingComparisons, AllAreRight) {
    Adversary<float> adversary(13);
    std::vector<float> numbers{0.0f,          -0.0f,
                               tiny,          -tiny,
                               2 * tiny,      least,
                               -least,        least - tiny,
                               tiny - least,  1.0f,
                               HUGE_VALF,     -HUGE_VALF,
                               std::nanf(""), std::numeric_limits<float>::max(),
                               0x1p64f};
    for (int i = 0; i < 600; ++i) numbers.push_back(i % 2 == 0 ? adversary.number() : adversary.number(0));
    using N = Number<float>;
    for (const float a : numbers)
        for (const float b : numbers) {
            ASSERT_EQ(is_less(N(a), N(b)).value, a < b) << std::hexfloat << a << " " << b;
            ASSERT_EQ(is_less_or_equal(N(a), N(b)).value, a <= b) << std::hexfloat << a << " " << b;
            ASSERT_EQ(is_equal(N(a), N(b)).value, a == b) << std::hexfloat << a << " " << b;
            ASSERT_EQ(is_not_equal(N(a), N(b)).value, a != b) << std::hexfloat << a << " " << b;
        }
}

}  // namespace
}  // namespace sporkle::math
