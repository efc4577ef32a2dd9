// The storage types f16 (IEEE 754 binary16) and bf16 (the upper half of a binary32), with conversions that
// round once, to nearest even, from any wider type. NaN stays NaN: quiet, with its sign and the upper bits of
// its payload.
#pragma once

#include <bit>
#include <cstdint>

namespace sporkle::tile {

struct Float16 {
    static constexpr int fraction_bits = 10, exponent_bits = 5;
    std::uint16_t bits = 0;
};

struct BFloat16 {
    static constexpr int fraction_bits = 7, exponent_bits = 8;
    std::uint16_t bits = 0;
};

/// The value as f32; exact.
template <class Small>
constexpr float widened(Small x) {
    constexpr int fraction_bits = Small::fraction_bits;
    constexpr int exponent_mask = (1 << Small::exponent_bits) - 1;
    constexpr int bias_difference = 127 - exponent_mask / 2;
    const std::uint32_t sign = std::uint32_t{x.bits} >> 15 << 31;
    const std::uint32_t exponent = x.bits >> fraction_bits & exponent_mask;
    const std::uint32_t fraction = (x.bits & ((1u << fraction_bits) - 1)) << (23 - fraction_bits);
    if (exponent == exponent_mask) return std::bit_cast<float>(sign | 0x7f800000u | fraction);
    if (exponent == 0 && bias_difference != 0) {  // subnormal here, normal in f32
        constexpr float unit = std::bit_cast<float>(std::uint32_t{bias_difference + 1} << 23);
        const float magnitude = std::bit_cast<float>(std::uint32_t{bias_difference + 1} << 23 | fraction);
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude - unit) | sign);
    }
    return std::bit_cast<float>(sign | (exponent + bias_difference) << 23 | fraction);
}

/// x rounded to nearest even.
template <class Small>
constexpr Small rounded(double x) {
    constexpr int fraction_bits = Small::fraction_bits;
    constexpr int infinite_exponent = (1 << Small::exponent_bits) - 1;
    const auto pattern = std::bit_cast<std::uint64_t>(x);
    const auto sign = static_cast<unsigned>(pattern >> 63 << 15);
    const auto make = [&](std::uint64_t magnitude) {
        return Small{static_cast<std::uint16_t>(sign | magnitude)};
    };
    const std::uint64_t infinity = std::uint64_t{infinite_exponent} << fraction_bits;
    const std::uint64_t fraction = pattern & ((std::uint64_t{1} << 52) - 1);
    const auto double_exponent = static_cast<int>(pattern >> 52 & 0x7ff);
    if (double_exponent == 0x7ff)
        return make(fraction == 0 ? infinity
                                  : infinity | std::uint64_t{1} << (fraction_bits - 1) |
                                        fraction >> (52 - fraction_bits));
    if (double_exponent == 0) return make(0);  // far below half of the least subnormal
    const int exponent = double_exponent - 1023 + infinite_exponent / 2;
    if (exponent >= infinite_exponent) return make(infinity);
    // The significand as an integer; `dropped` of its low bits do not fit. Subnormal results drop more.
    const std::uint64_t significand = fraction | std::uint64_t{1} << 52;
    const int dropped = 52 - fraction_bits + (exponent < 1 ? 1 - exponent : 0);
    if (dropped > 53) return make(0);
    const std::uint64_t kept = significand >> dropped;
    const std::uint64_t rest = significand & ((std::uint64_t{1} << dropped) - 1);
    const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
    const bool up = rest > half || (rest == half && (kept & 1) != 0);
    // For normal results the hidden bit of `kept` adds one to the exponent field; a carry out of the fraction
    // does so too, up to infinity.
    const std::uint64_t field = exponent < 1 ? 0 : static_cast<std::uint64_t>(exponent - 1) << fraction_bits;
    return make(field + kept + (up ? 1 : 0));
}

/// x rounded to odd: where it is not exact the last bit is set, so that a later rounding to fewer bits gives
/// what one rounding of x would have given (Boldo and Melquiond, "Emulation of FMA and correctly rounded
/// sums: proved algorithms using rounding to odd", 2008).
constexpr double odd_double(std::int64_t x) {
    const bool negative = x < 0;
    std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
    const int excess = 64 - std::countl_zero(magnitude) - 53;
    if (excess > 0) {
        const std::uint64_t lost = magnitude & ((std::uint64_t{1} << excess) - 1);
        magnitude -= lost;
        if (lost != 0) magnitude |= std::uint64_t{1} << excess;
    }
    const auto result = static_cast<double>(magnitude);
    return negative ? -result : result;
}

}  // namespace sporkle::tile
