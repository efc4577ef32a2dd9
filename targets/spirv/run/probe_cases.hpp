// On which elements a device's arithmetic is probed, and what is right.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

#include "targets/spirv/interface/probe_modules.hpp"

namespace sporkle::spirv::vulkan {

inline constexpr std::uint32_t case_count = 2048;

/// One bit for each ProbeColumn, or for FoldingColumn as a whole.
using Columns = std::uint32_t;
inline constexpr Columns all_columns = (1u << probe_columns) - 1;
inline constexpr Columns folding = 1u << probe_columns;

/// What the results of one precision are worth.
struct Worth {
    Columns right = 0;    ///< all results are
    Columns flushes = 0;  ///< all are, or are what flushing gives: operands and results
};

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
/// any finite size; subnormal; subnormal in single precision; special.
template <class T>
std::vector<T> probe_cases() {
    using Limits = std::numeric_limits<T>;
    constexpr int bias = detail::Format<T>::bias;
    const T specials[] = {0,
                          T(-0.0),
                          Limits::infinity(),
                          -Limits::infinity(),
                          Limits::quiet_NaN(),
                          Limits::min(),
                          -Limits::denorm_min(),
                          Limits::min() - Limits::denorm_min()};
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
            if (i % 32 == 13) {
                a = specials[i / 32 % std::size(specials)];
                c = specials[i / 32 / std::size(specials) % std::size(specials)];
            }
            if (i % 32 == 29) a = detail::make<T>(random, std::max(-152, -bias), -122);
        } else {
            a = detail::make<T>(random, -bias, 4 - bias);
            b = detail::make<T>(random, i % 8 == 3 ? -bias : -20, i % 8 == 3 ? 4 - bias : 20);
            c = detail::make<T>(random, -bias, 4 - bias);
            if (i % 32 == 7) c = a;
        }
        elements.insert(elements.end(), {a, b, c});
    }
    return elements;
}

/// The bits of a number in the other precision, as column_convert has them.
inline std::uint64_t converted_bits(double x) { return std::bit_cast<std::uint32_t>(static_cast<float>(x)); }
inline std::uint32_t converted_bits(float x) {
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(x));
    return static_cast<std::uint32_t>(bits) ^ static_cast<std::uint32_t>(bits >> 32);
}

template <class T>
auto relations(T a, T c) {
    typename detail::Format<T>::Bits bits = 0;
    int n = 0;
    for (const T side : {c, T(0)})
        for (const bool holds : {a<side, a <= side, a> side, a >= side, a == side, a != side})
            bits |= static_cast<decltype(bits)>(holds) << n++;
    return bits;
}

/// The bits of the right result, computed by this CPU, whose floating-point state must be the default.
template <class T>
typename detail::Format<T>::Bits expected(std::size_t column, T a, T b, T c, bool converts) {
    using Bits = typename detail::Format<T>::Bits;
    const auto bits = [](T x) { return std::bit_cast<Bits>(x); };
    switch (column) {
        case column_fma:
            return bits(std::fma(a, b, c));
        case column_divide:
            return bits(a / b);
        case column_sqrt:
            return bits(std::sqrt(a));
        case column_add:
            return bits(a + b);
        case column_multiply:
            return bits(a * b);
        case column_negate:
            return bits(-a);
        case column_compare:
            return relations(a, c);
        case column_choose:
            return bits(a < 1 ? a : T(1));
        default:
            return converts ? converted_bits(a) : bits(a);
    }
}

template <class T>
T flushed(T x) {
    return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(T(0), x) : x;
}

/// What a device gives that flushes operands and results.
template <class T>
typename detail::Format<T>::Bits expected_flushed(std::size_t column, T a, T b, T c, bool converts) {
    const auto bits = expected(column, flushed(a), flushed(b), flushed(c), converts);
    if (column == column_compare || column == column_convert) return bits;
    return std::bit_cast<decltype(bits)>(flushed(std::bit_cast<T>(bits)));
}

/// Whether a result is the right one; every NaN is as good as another.
template <class T>
bool is_same(T want, T got) {
    return std::isnan(want) ? std::isnan(got) : std::memcmp(&want, &got, sizeof(T)) == 0;
}

/// `results` holds the bits of probe_columns results for each case.
template <class T>
Worth judge(std::span<const T> cases, std::span<const typename detail::Format<T>::Bits> results,
            bool converts) {
    Worth worth{all_columns, all_columns};
    for (std::uint32_t i = 0; i < case_count; ++i) {
        const T a = cases[3 * i], b = cases[3 * i + 1], c = cases[3 * i + 2];
        for (std::size_t column = 0; column < probe_columns; ++column) {
            const auto got = results[i * probe_columns + column];
            const auto want = expected(column, a, b, c, converts);
            const bool is_number = column != column_compare && column != column_convert;
            if (column == column_convert && std::isnan(a)) continue;  // the bits of a NaN may be any
            if (got == want || (is_number && is_same(std::bit_cast<T>(want), std::bit_cast<T>(got))))
                continue;
            worth.right &= ~(1u << column);
            if (got != expected_flushed(column, a, b, c, converts)) worth.flushes &= ~(1u << column);
        }
    }
    return worth;
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
Columns judge_folding(std::span<const T> cases, std::span<const T> results) {
    for (std::size_t n = 0; n < results.size(); ++n) {
        const std::size_t invocation = n / folding_columns;
        const T i = static_cast<T>(invocation) - static_cast<T>(probe_group / 2);
        if (!is_same(expected_folding(n % folding_columns, cases[invocation], i), results[n])) return 0;
    }
    return folding;
}

}  // namespace sporkle::spirv::vulkan
