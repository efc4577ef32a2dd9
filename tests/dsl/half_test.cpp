// half and bfloat16: all 65,536 patterns widen and round back; rounding on every kind of edge.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include <sporkle/element.hpp>
#include <sporkle/half.hpp>

namespace sporkle {
namespace {

static_assert(half(1.0f).bits() == 0x3c00 && half(-2).bits() == 0xc000 && half(-0.0f).bits() == 0x8000);
static_assert(float(half(65504.0f)) == 65504.0f && half(65519.9).bits() == 0x7bff &&
              half(65520).bits() == 0x7c00);
static_assert(half(0x1p-24).bits() == 1 && half(0x1p-25).bits() == 0 && half(0x1.8p-25).bits() == 1);
static_assert(half(1 + 0x1p-11).bits() == 0x3c00 && half(1 + 0x3p-11).bits() == 0x3c02);  // ties to even
// One rounding from double: by way of float it would be a tie.
static_assert(half(1 + 0x1p-11 + 0x1p-40).bits() == 0x3c01);
static_assert(bfloat16(1.0f).bits() == 0x3f80 && bfloat16(1 + 0x1p-8).bits() == 0x3f80);
static_assert(bfloat16(0x1p-133f).bits() == 1 && bfloat16(0x1p-134f).bits() == 0);
static_assert(bfloat16(std::numeric_limits<float>::max()).bits() == 0x7f80);
static_assert(float(half::from_bits(0x3555)) == 0x1.554p-2f &&
              float(bfloat16::from_bits(0x4049)) == 3.140625f);
static_assert(dtype_of<half> == DType::f16 && std::is_same_v<Element<DType::bf16>, bfloat16>);
static_assert(ElementType<std::int64_t> && !ElementType<long double> && !ElementType<const float>);

/// The value of a pattern by the definition of the format.
double by_definition(unsigned bits, int fraction_bits) {
    const int exponent_bits = 15 - fraction_bits, bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    const double fraction = std::ldexp(bits & ((1u << fraction_bits) - 1), -fraction_bits);
    const double sign = bits >> 15 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1) return fraction == 0 ? sign * INFINITY : NAN;
    return exponent == 0 ? sign * std::ldexp(fraction, 1 - bias)
                         : sign * std::ldexp(1 + fraction, exponent - bias);
}

template <class T>
void check_all_patterns(int fraction_bits) {
    for (unsigned bits = 0; bits <= 0xffff; ++bits) {
        const T x = T::from_bits(static_cast<std::uint16_t>(bits));
        const double expected = by_definition(bits, fraction_bits);
        if (std::isnan(expected)) {
            ASSERT_TRUE(std::isnan(static_cast<float>(x))) << bits;
            // Rounding back keeps sign and payload and makes the NaN quiet.
            ASSERT_EQ(T(static_cast<float>(x)).bits(), bits | 1u << (fraction_bits - 1));
        } else {
            ASSERT_EQ(static_cast<float>(x), expected) << bits;
            ASSERT_EQ(T(static_cast<float>(x)).bits(), bits);
        }
    }
}
TEST(Half, AllPatterns) { check_all_patterns<half>(10); }
TEST(Bfloat16, AllPatterns) { check_all_patterns<bfloat16>(7); }

/// Rounding between neighbours: below the middle goes down, above goes up, the middle goes to the even one.
template <class T>
void check_rounding(unsigned last_finite) {
    for (unsigned bits = 0; bits < last_finite; ++bits) {
        const T low = T::from_bits(static_cast<std::uint16_t>(bits));
        const T high = T::from_bits(static_cast<std::uint16_t>(bits + 1));
        const double middle = (static_cast<double>(static_cast<float>(low)) + static_cast<float>(high)) / 2;
        ASSERT_EQ(T(middle).bits(), bits + (bits & 1)) << bits;
        ASSERT_EQ(T(std::nextafter(middle, 0.0)).bits(), bits) << bits;
        ASSERT_EQ(T(std::nextafter(middle, INFINITY)).bits(), bits + 1) << bits;
        ASSERT_EQ(T(-middle).bits(), 0x8000u + bits + (bits & 1)) << bits;
    }
}
TEST(Half, RoundsToNearestEven) { check_rounding<half>(0x7bff); }
TEST(Bfloat16, RoundsToNearestEven) { check_rounding<bfloat16>(0x7f7f); }

}  // namespace
}  // namespace sporkle
