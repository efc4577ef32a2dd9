// The reference's operations on single values.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include <sporkle/reference/arithmetic.hpp>

namespace sporkle::evaluation {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();

TEST(Arithmetic, integers_wrap) {
    EXPECT_EQ(add<std::int8_t>(127, 1), -128);
    EXPECT_EQ(sub<std::uint8_t>(0, 1), 255);
    EXPECT_EQ(mul<std::int16_t>(-32768, -1), -32768);
    EXPECT_EQ(mul<std::int32_t>(most, most), 1);
    EXPECT_EQ(mul<std::uint32_t>(65536, 65536), 0u);
    EXPECT_EQ(add<std::int64_t>(std::numeric_limits<std::int64_t>::max(), 1),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(neg<std::int32_t>(least), least);
    EXPECT_EQ(neg<std::uint32_t>(1), 0xffffffffu);
    EXPECT_EQ(evaluation::abs<std::int8_t>(-128), -128);
    EXPECT_EQ(evaluation::fma<std::int8_t>(16, 16, 5), 5);
}

TEST(Arithmetic, division) {
    EXPECT_EQ(evaluation::div<std::int32_t>(7, 0), 0);
    EXPECT_EQ(evaluation::div<std::int32_t>(least, -1), least);
    EXPECT_EQ(evaluation::div<std::int32_t>(-7, 2), -3);
    EXPECT_EQ(evaluation::div<std::int8_t>(-128, -1), -128);
    EXPECT_EQ(evaluation::div<std::uint32_t>(0xffffffffu, 2), 0x7fffffffu);
    EXPECT_EQ(rem<std::int32_t>(7, 0), 0);
    EXPECT_EQ(rem<std::int32_t>(least, -1), 0);
    EXPECT_EQ(rem<std::int32_t>(-7, 2), -1);
    EXPECT_EQ(rem<std::int64_t>(7, -4), 3);
    EXPECT_EQ(evaluation::div(1.0f, 0.0f), infinity);
}

TEST(Arithmetic, shifts_take_their_count_modulo_the_width) {
    EXPECT_EQ(shl<std::int32_t>(1, 33), 2);
    EXPECT_EQ(shl<std::uint8_t>(1, 8), 1);
    EXPECT_EQ(shl<std::int8_t>(1, 7), -128);
    EXPECT_EQ(shl<std::int64_t>(3, -1), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(shr<std::int32_t>(-8, 1), -4);
    EXPECT_EQ(shr<std::uint32_t>(0x80000000u, 31), 1u);
    EXPECT_EQ(shr<std::int16_t>(-1, 15), -1);
}

TEST(Arithmetic, extremes_are_comparisons) {
    EXPECT_TRUE(std::isnan(evaluation::max(1.0f, nan)));  // a > b ? a : b
    EXPECT_EQ(evaluation::max(nan, 1.0f), 1.0f);
    EXPECT_TRUE(std::isnan(evaluation::min(1.0f, nan)));
    EXPECT_EQ(evaluation::min(nan, 1.0f), 1.0f);
    EXPECT_TRUE(std::signbit(evaluation::max(0.0f, -0.0f)));
    EXPECT_FALSE(std::signbit(evaluation::min(-0.0f, 0.0f)));
}

TEST(Arithmetic, float_to_integer_saturates) {
    EXPECT_EQ(to_integer<std::int32_t>(nan), 0);
    EXPECT_EQ(to_integer<std::int32_t>(infinity), most);
    EXPECT_EQ(to_integer<std::int32_t>(-infinity), least);
    EXPECT_EQ(to_integer<std::int32_t>(2147483648.0f), most);
    EXPECT_EQ(to_integer<std::int32_t>(2147483520.0f), 2147483520);
    EXPECT_EQ(to_integer<std::int32_t>(2147483647.5), most);
    EXPECT_EQ(to_integer<std::int32_t>(-2147483648.9), least);
    EXPECT_EQ(to_integer<std::uint32_t>(-0.5f), 0u);
    EXPECT_EQ(to_integer<std::uint32_t>(-3.0f), 0u);
    EXPECT_EQ(to_integer<std::uint32_t>(4294967296.0f), 0xffffffffu);
    EXPECT_EQ(to_integer<std::int8_t>(-128.9f), -128);
    EXPECT_EQ(to_integer<std::uint8_t>(255.9f), 255);
    EXPECT_EQ(to_integer<std::int64_t>(9.3e18), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(to_integer<std::int64_t>(-0x1p63f), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(to_integer<std::int32_t>(-1.9f), -1);
}

TEST(Arithmetic, conversions) {
    EXPECT_TRUE(convert<bool>(nan));
    EXPECT_FALSE(convert<bool>(-0.0f));
    EXPECT_EQ((convert<std::int8_t, std::int32_t>(300)), 44);
    EXPECT_EQ((convert<std::uint32_t, std::int32_t>(-1)), 0xffffffffu);
    EXPECT_EQ((convert<std::int64_t, std::uint32_t>(0xffffffffu)), 0xffffffff);
    EXPECT_EQ((convert<float, std::int64_t>((std::int64_t(1) << 53) + (1 << 29) + 1)), 0x1.000002p53f);
    EXPECT_EQ((convert<float, bool>(true)), 1.0f);
}

TEST(Arithmetic, storage_types_round_once) {
    EXPECT_EQ((round_through<half, double>(65519.999)), 65504.0f);
    EXPECT_EQ((round_through<half, double>(65520.0)), infinity);
    EXPECT_EQ((round_through<half, double>(1.0 + 0x1p-11 + 0x1p-40)),
              1.0f + 0x1p-10f);  // by way of f32 a tie
    EXPECT_EQ((round_through<bfloat16, double>(1.0 + 0x1p-8 + 0x1p-40)), 1.0f + 0x1p-7f);
    // One above a tie of bf16, and too many digits for a double.
    const std::int64_t tie = (std::int64_t(1) << 62) + (std::int64_t(1) << 54);
    EXPECT_EQ((round_through<bfloat16, std::int64_t>(tie)), 0x1p62f);
    EXPECT_EQ((round_through<bfloat16, std::int64_t>(tie + 1)), 0x1.02p62f);
    EXPECT_EQ((round_through<bfloat16, std::int64_t>(-tie)), -0x1p62f);
    EXPECT_EQ((round_through<bfloat16, std::int64_t>(-tie - 1)), -0x1.02p62f);
    EXPECT_EQ((round_through<half, std::int64_t>(tie)), infinity);
    EXPECT_TRUE(std::isnan(round_through<half>(nan)));
}

TEST(Arithmetic, fma_rounds_once) {
    EXPECT_EQ(evaluation::fma(1.0f + 0x1p-12f, 1.0f + 0x1p-12f, -1.0f - 0x1p-11f), 0x1p-24f);
    EXPECT_EQ(evaluation::fma(1.0 + 0x1p-27, 1.0 + 0x1p-27, -1.0 - 0x1p-26), 0x1p-54);
}

}  // namespace
}  // namespace sporkle::evaluation
