// half and bfloat16: how f16 and bf16 elements look to C++. They are storage types: reading one widens it
// exactly to float, making one rounds to nearest, ties to even. Arithmetic happens in float.
//
// Formats: IEEE 754-2019 binary16 (5 exponent bits, 10 fraction bits) and bfloat16 (8 and 7), both with
// subnormals, infinities and NaNs. A NaN keeps its sign and the upper bits of its payload and becomes quiet.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace sporkle {

namespace detail {

/// Rounds a double to a 16-bit format with the given number of fraction bits, in one step.
template <int fraction_bits>
constexpr std::uint16_t round_to_16_bits(double value) {
    constexpr int exponent_bits = 15 - fraction_bits;
    constexpr int bias = (1 << (exponent_bits - 1)) - 1;
    constexpr int least_exponent = 1 - bias;  // of a normal number
    constexpr std::uint64_t infinity = ((std::uint64_t{1} << exponent_bits) - 1) << fraction_bits;
    constexpr int dropped_bits = 52 - fraction_bits;

    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t sign = bits >> 63 << 15;
    const std::uint64_t fraction = bits & 0xfffffffffffffu;
    const int biased_exponent = static_cast<int>(bits >> 52 & 0x7ffu);
    if (biased_exponent == 0x7ff && fraction != 0) {
        const std::uint64_t quiet = std::uint64_t{1} << (fraction_bits - 1);
        return static_cast<std::uint16_t>(sign | infinity | quiet | fraction >> dropped_bits);
    }
    const int exponent = biased_exponent - 1023;
    if (exponent > bias) return static_cast<std::uint16_t>(sign | infinity);
    // Below the normal range the last place has a fixed weight, so that more bits are dropped.
    const int deficit = exponent < least_exponent ? least_exponent - exponent : 0;
    const int shift = dropped_bits + deficit;
    if (shift > 53) return static_cast<std::uint16_t>(sign);  // less than half of the least subnormal
    const std::uint64_t significand = fraction | std::uint64_t{1} << 52;
    const std::uint64_t last_place = significand >> shift & 1;
    const std::uint64_t rounded = (significand + (std::uint64_t{1} << (shift - 1)) - 1 + last_place) >> shift;
    // The leading one of a normal number adds the missing 1 to the exponent field; a carry out of the
    // fraction does the same, up to infinity.
    const auto exponent_field = static_cast<std::uint64_t>(deficit ? 0 : exponent - least_exponent);
    return static_cast<std::uint16_t>(sign | ((exponent_field << fraction_bits) + rounded));
}

}  // namespace detail

/// IEEE binary16, the storage type of f16.
class half {
  public:
    constexpr half() = default;
    /// Rounds once, from any arithmetic type that converts exactly to double.
    template <class T>
    requires std::is_arithmetic_v<T>
    constexpr explicit half(T value) : bits_(detail::round_to_16_bits<10>(static_cast<double>(value))) {}

    static constexpr half from_bits(std::uint16_t bits) {
        half result;
        result.bits_ = bits;
        return result;
    }
    constexpr std::uint16_t bits() const { return bits_; }

    constexpr operator float() const {
        const std::uint32_t sign = static_cast<std::uint32_t>(bits_ & 0x8000u) << 16;
        const std::uint32_t exponent = bits_ >> 10 & 0x1fu;
        const std::uint32_t fraction = bits_ & 0x3ffu;
        if (exponent == 0) {  // subnormal: fraction · 2^-24, exact in float
            const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
            return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
        }
        if (exponent == 0x1f)
            return std::bit_cast<float>(sign | 0x7f800000u | (fraction ? 0x400000u | fraction << 13 : 0u));
        return std::bit_cast<float>(sign | (exponent + 127 - 15) << 23 | fraction << 13);
    }

  private:
    std::uint16_t bits_ = 0;
};

/// The upper half of a float, the storage type of bf16.
class bfloat16 {
  public:
    constexpr bfloat16() = default;
    /// Rounds once, from any arithmetic type that converts exactly to double.
    template <class T>
    requires std::is_arithmetic_v<T>
    constexpr explicit bfloat16(T value) : bits_(detail::round_to_16_bits<7>(static_cast<double>(value))) {}

    static constexpr bfloat16 from_bits(std::uint16_t bits) {
        bfloat16 result;
        result.bits_ = bits;
        return result;
    }
    constexpr std::uint16_t bits() const { return bits_; }

    constexpr operator float() const {
        const bool is_nan = (bits_ & 0x7fffu) > 0x7f80u;
        return std::bit_cast<float>(static_cast<std::uint32_t>(is_nan ? bits_ | 0x40u : bits_) << 16);
    }

  private:
    std::uint16_t bits_ = 0;
};

static_assert(sizeof(half) == 2 && sizeof(bfloat16) == 2);

}  // namespace sporkle
