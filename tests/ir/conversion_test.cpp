// Conversions between all pairs of element types against exact values in long double, whose 64 bits of
// significand hold every i64 and f64.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <sporkle/half.hpp>

#include "codegen/ir/rules.hpp"
#include "tests/ir/elementwise.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;
static_assert(std::numeric_limits<long double>::digits >= 64);

long double exact_value(DType type, std::uint64_t bits) {
    switch (type) {
        case DType::f64:
            return std::bit_cast<double>(bits);
        case DType::f32:
            return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        case DType::f16:
            return float(half::from_bits(static_cast<std::uint16_t>(bits)));
        case DType::bf16:
            return float(bfloat16::from_bits(static_cast<std::uint16_t>(bits)));
        default:
            return is_signed(type) ? static_cast<long double>(static_cast<std::int64_t>(bits)) : bits;
    }
}

/// The nearest pattern by trial of all of them; ties go to the even one.
std::uint64_t nearest_small(DType type, long double x) {
    const std::uint64_t infinity = type == DType::f16 ? 0x7c00 : 0x7f80;
    const std::uint64_t sign = std::signbit(x) ? 0x8000 : 0;
    const long double magnitude = std::fabs(x);
    // The value that infinity would have if the exponents went on: half way to it, numbers round up to it.
    const long double beyond = type == DType::f16 ? 0x1p16L : 0x1p128L;
    const auto value = [&](std::uint64_t bits) {
        return bits == infinity ? beyond : exact_value(type, bits);
    };
    if (std::isinf(x)) return sign | infinity;
    std::uint64_t low = 0, high = infinity;  // value(low) <= magnitude, by bisection
    while (high - low > 1) {
        const std::uint64_t middle = (low + high) / 2;
        (value(middle) <= magnitude ? low : high) = middle;
    }
    const long double down = magnitude - value(low), up = value(high) - magnitude;
    const bool takes_high = up < down || (up == down && low % 2 == 1);
    return sign | (takes_high ? high : low);
}

std::uint64_t expected(DType from, DType to, std::uint64_t bits) {
    const long double x = exact_value(from, bits);
    if (to == DType::boolean) return !(x == 0);
    if (to == DType::f64) return std::bit_cast<std::uint64_t>(static_cast<double>(x));
    if (to == DType::f32) return std::bit_cast<std::uint32_t>(static_cast<float>(x));
    if (is_float(to)) return nearest_small(to, x);
    if (!is_float(from)) return normalized_bits(to, bits);  // integers wrap
    const int digits = width_of(to) - (is_signed(to) ? 1 : 0);
    const long double end = std::ldexp(1.0L, digits);
    if (std::isnan(x)) return 0;
    if (x >= end) return normalized_bits(to, (std::uint64_t{1} << digits) - 1);
    if (is_signed(to) && x <= -end) return normalized_bits(to, std::uint64_t{1} << digits);
    if (!is_signed(to) && x <= 0) return 0;
    return normalized_bits(to, static_cast<std::uint64_t>(static_cast<std::int64_t>(std::trunc(x))));
}

Column converted(DType from, DType to, const Column& column) {
    return elementwise([&](Builder& b, std::span<const Value> v) { return b.convert(v[0], to); }, {from}, to,
                       {column});
}

TEST(Convert, RoundsOnceBetweenAllTypes) {
    for (DType from : all_types)
        for (DType to : all_types) {
            const Column column = edge_values(from), actual = converted(from, to, column);
            for (std::size_t n = 0; n < column.size(); ++n) {
                const std::uint64_t right =
                    is_nan(from, column[n]) && is_float(to) ? actual[n] : expected(from, to, column[n]);
                if (is_nan(from, column[n]) && is_float(to)) {
                    ASSERT_TRUE(is_nan(to, actual[n]));
                }
                ASSERT_EQ(text_of_bits(to, actual[n]), text_of_bits(to, right))
                    << text_of_bits(from, column[n]) << " to " << name_of(to);
            }
        }
}

TEST(Convert, SmallFloatsFromDoublesNearEveryMidpoint) {
    for (DType to : {DType::f16, DType::bf16}) {
        const std::uint64_t infinity = to == DType::f16 ? 0x7c00 : 0x7f80;
        Column column;
        for (std::uint64_t low = 0; low + 1 < infinity; ++low) {
            const auto middle = static_cast<double>((exact_value(to, low) + exact_value(to, low + 1)) / 2);
            for (double x : {middle, std::nextafter(middle, 0.0), std::nextafter(middle, HUGE_VAL)})
                column.push_back(std::bit_cast<std::uint64_t>(x));
        }
        const Column actual = converted(DType::f64, to, column);
        for (std::size_t n = 0; n < column.size(); ++n)
            ASSERT_EQ(actual[n], expected(DType::f64, to, column[n])) << text_of_bits(DType::f64, column[n]);
    }
}

TEST(Convert, EverySmallFloatComesBackFromF32) {
    for (DType small : {DType::f16, DType::bf16}) {
        Column column;
        for (std::uint64_t bits = 0; bits < 0x10000; ++bits)
            if (!is_nan(small, bits)) column.push_back(bits);
        EXPECT_EQ(converted(DType::f32, small, converted(small, DType::f32, column)), column)
            << name_of(small);
    }
}

TEST(Bitcast, KeepsThePattern) {
    for (DType from : all_types)
        for (DType to : all_types) {
            if (from == DType::boolean || to == DType::boolean || size_of(from) != size_of(to)) continue;
            const Column column = edge_values(from);
            const Column actual =
                elementwise([&](Builder& b, std::span<const Value> v) { return b.bitcast(v[0], to); }, {from},
                            to, {column});
            for (std::size_t n = 0; n < column.size(); ++n)
                ASSERT_EQ(actual[n], normalized_bits(to, column[n]))
                    << name_of(from) << " to " << name_of(to);
        }
}

}  // namespace
}  // namespace sporkle::testing
