// On which elements a device's arithmetic is probed, and what is right.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

#include <sporkle/half.hpp>

#include "targets/spirv/interface/probe_modules.hpp"

namespace sporkle::spirv::vulkan {

inline constexpr std::uint32_t case_count = 2048;

/// One bit for each ProbeColumn that holds all the right results, and one for all of FoldingColumn.
using Right = std::uint32_t;
inline constexpr Right right_folding = 1u << probe_columns;

namespace detail {

/// SplitMix64.
class Random {
  public:
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

  private:
    std::uint64_t state_ = 1;
};

template <class T>
struct Format;
template <>
struct Format<float> {
    using Bits = std::uint32_t;
    static constexpr int fraction_bits = 23, bias = 127;
};
template <>
struct Format<double> {
    using Bits = std::uint64_t;
    static constexpr int fraction_bits = 52, bias = 1023;
};

template <class T>
T make(Random& random, int lowest_exponent, int highest_exponent) {
    using F = Format<T>;
    using Bits = typename F::Bits;
    const std::uint64_t bits = random.next();
    const auto span = static_cast<std::uint64_t>(highest_exponent - lowest_exponent + 1);
    const auto exponent =
        static_cast<Bits>(F::bias + lowest_exponent + static_cast<int>((bits >> 53) % span));
    const Bits fraction = static_cast<Bits>(bits) & ((Bits(1) << F::fraction_bits) - 1);
    const Bits sign = static_cast<Bits>(bits >> 52 & 1) << (sizeof(T) * 8 - 1);
    return std::bit_cast<T>(static_cast<Bits>(sign | exponent << F::fraction_bits | fraction));
}

}  // namespace detail

/// Elements a, b, c of all cases: of moderate size, where every other product is nearly cancelled by c; of
/// any finite size; and subnormal.
template <class T>
std::vector<T> probe_cases() {
    constexpr int bias = detail::Format<T>::bias;
    detail::Random random;
    std::vector<T> elements;
    for (std::uint32_t i = 0; i < case_count; ++i) {
        T a, b, c;
        if (i % 2 == 0) {
            a = detail::make<T>(random, -3, 3);
            b = detail::make<T>(random, -3, 3);
            c = i % 4 == 0 ? -(a * b) : detail::make<T>(random, -3, 3);
        } else if (i % 4 == 1) {
            a = detail::make<T>(random, 1 - bias, bias);
            b = detail::make<T>(random, 1 - bias, bias);
            c = detail::make<T>(random, 1 - bias, bias);
        } else {
            a = detail::make<T>(random, -bias, 4 - bias);
            b = detail::make<T>(random, i % 8 == 3 ? -bias : -20, i % 8 == 3 ? 4 - bias : 20);
            c = detail::make<T>(random, -bias, 4 - bias);
        }
        elements.insert(elements.end(), {a, b, c});
    }
    return elements;
}

/// The right result, computed by this CPU, whose floating-point state must be the default.
template <class T>
T expected(std::size_t column, T a, T b, T c, std::uint32_t narrow) {
    switch (column) {
        case column_fma:
            return std::fma(a, b, c);
        case column_divide:
            return a / b;
        case column_sqrt:
            return std::sqrt(a);
        case column_add:
            return a + b;
        case column_multiply:
            return a * b;
        default:
            break;
    }
    if (narrow == 32) return static_cast<T>(static_cast<float>(a));
    if (narrow == 16) return static_cast<T>(static_cast<float>(half(a)));
    return a;
}

/// Whether a result is the right one; every NaN is as good as another.
template <class T>
bool is_same(T want, T got) {
    return std::isnan(want) ? std::isnan(got) : std::memcmp(&want, &got, sizeof(T)) == 0;
}

/// `results` holds probe_columns for each case.
template <class T>
Right judge(std::span<const T> cases, std::span<const T> results, std::uint32_t narrow) {
    Right right = (1u << probe_columns) - 1;
    for (std::uint32_t i = 0; i < case_count; ++i) {
        for (std::size_t column = 0; column < probe_columns; ++column) {
            const T want = expected(column, cases[3 * i], cases[3 * i + 1], cases[3 * i + 2], narrow);
            const T got = results[i * probe_columns + column];
            if (!is_same(want, got)) right &= ~(1u << column);
        }
    }
    return right;
}

/// The elements x of folding_module: what 0 · x, x + 0 or x - x can go wrong on.
template <class T>
std::vector<T> folding_cases() {
    using Limits = std::numeric_limits<T>;
    const T cases[] = {Limits::quiet_NaN(),
                       Limits::infinity(),
                       -Limits::infinity(),
                       T(0),
                       -T(0),
                       Limits::max(),
                       -Limits::max(),
                       T(1.5),
                       T(-1.5),
                       T(3)};
    std::vector<T> elements;
    for (std::uint32_t n = 0; n < probe_group; ++n) elements.push_back(cases[n % std::size(cases)]);
    return elements;
}

/// The right result, computed by this CPU, with zeros that its compiler does not know.
template <class T>
T expected_folding(std::size_t column, T x, T i) {
    static const volatile T unknown = 0;
    const T zero = unknown;
    switch (column) {
        case folding_x_plus_zero:
        case folding_zero_plus_x:
            return x + zero;
        case folding_x_minus_zero:
            return x - zero;
        case folding_zero_minus_x:
            return zero - x;
        case folding_x_minus_x:
            return x - x;
        case folding_x_times_zero:
        case folding_x_converted:
            return x * zero;
        case folding_minus_zero_times_x:
            return -zero * x;
        case folding_zero_over_x:
            return zero / x;
        case folding_x_over_zero:
            return x / zero;
        case folding_x_zero_x:
            return std::fma(x, zero, x);
        case folding_x_x_zero:
            return std::fma(x, x, zero);
        case folding_i_times_zero:
            return i * zero;
        case folding_i_minus_zero:
            return std::fma(i, zero, -zero);
        case folding_zero_minus_i:
            return zero - i;
        case folding_below_five:
            return i < 5 ? T(1) : T(2);
        case folding_below_any:
            return T(1);
        default:
            return (zero + x) + x;
    }
}

/// `results` holds folding_columns for each case.
template <class T>
Right judge_folding(std::span<const T> cases, std::span<const T> results) {
    for (std::size_t n = 0; n < results.size(); ++n) {
        const std::size_t invocation = n / folding_columns;
        const T i = static_cast<T>(invocation) - static_cast<T>(probe_group / 2);
        if (!is_same(expected_folding(n % folding_columns, cases[invocation], i), results[n])) return 0;
    }
    return right_folding;
}

}  // namespace sporkle::spirv::vulkan
