// Natural logarithm: x = 2^k (1 + f) with 1 + f between √½ and √2, so log x = k ln 2 + f + rest(f), where the
// sum k ln 2 + f is kept in two numbers.
//
// rest(f) is a minimax polynomial in single precision; in double precision it is the form of FreeBSD's
// e_log.c (s = f / (2 + f), log(1 + f) = f - f²/2 + s (f²/2 + R(s²))), which needs far fewer terms.
//
// Specials: NaN → NaN, x < 0 → NaN, ±0 → -∞, +∞ → +∞, subnormals exactly as others. Errors: README.md.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include <sporkle/math/polynomial.hpp>
#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <class T>
struct LogConstants;

template <>
struct LogConstants<float> {
    static constexpr float ln2_high = 0x1.62e43p-1f, ln2_low = -0x1.05c61p-29f;
    static constexpr int fraction_bits = 23;
    static constexpr std::int32_t one = 0x3f800000, sqrt_half = 0x3f3504f3;  ///< patterns of 1 and √½
    static constexpr float least_normal = 0x1p-126f, lift = 0x1p25f, lifted_by = 25;
};

template <>
struct LogConstants<double> {
    static constexpr double ln2_high = 0x1.62e42fefa39efp-1, ln2_low = 0x1.abc9e3b39803fp-56;
    static constexpr int fraction_bits = 52;
    static constexpr std::int64_t one = 0x3ff0000000000000, sqrt_half = 0x3fe6a09e667f3bcd;
    static constexpr double least_normal = 0x1p-1022, lift = 0x1p54, lifted_by = 54;
};

/// log(1 + f) - f, where f is 0 or at least 2^-24 in magnitude.
template <template <class> class V>
V<float> log_rest(V<float> f) {
    constexpr std::array polynomial = {0x1.555554p-2f, -0x1.000228p-2f, 0x1.99ap-3f,    -0x1.54721cp-3f,
                                       0x1.22dac8p-3f, -0x1.0d87a2p-3f, 0x1.055786p-3f, -0x1.389dep-4f};
    return f * f * flush_safe_fma(f, horner(f, polynomial), -0.5f);
}

template <template <class> class V>
V<double> log_rest(V<double> f) {
    constexpr std::array polynomial = {0x1.5555555555592p-1, 0x1.999999997ff13p-2, 0x1.24924941e1e85p-2,
                                       0x1.c71c5213afc9bp-3, 0x1.74663d1618695p-3, 0x1.39a1e40366265p-3,
                                       0x1.2f03f02e122c5p-3};
    const V<double> half_square = f * f * 0.5;
    const V<double> s = f / (f + 2.0);
    const V<double> z = s * s;
    return fma(s, fma(z, horner(z, polynomial), half_square), -half_square);
}

template <template <class> class V, class T>
V<T> log(V<T> x) {
    using C = LogConstants<T>;
    using I = IntegerOf<T>;
    constexpr I fraction_mask = (I(1) << C::fraction_bits) - 1;
    constexpr T infinity = std::numeric_limits<T>::infinity();
    constexpr T integer_base = T(I(1) << C::fraction_bits);  // integers lie in its low bits

    const V<bool> subnormal = x < C::least_normal;  // or 0, or negative
    const V<T> lifted = select(subnormal, x * C::lift, x);
    // The pattern relative to √½; its exponent field is k + bias.
    const V<I> place = bits_of(lifted) + (C::one - C::sqrt_half);
    const V<I> biased = shift_right_logical(place, C::fraction_bits);
    const V<T> k = number_from_bits(biased | std::bit_cast<I>(integer_base)) -
                   select(subnormal, V<T>(integer_base + T(C::one >> C::fraction_bits) + C::lifted_by),
                          V<T>(integer_base + T(C::one >> C::fraction_bits)));
    const V<T> f = number_from_bits((place & fraction_mask) + C::sqrt_half) - T(1);

    // Flush-safe: nothing is subnormal. f and ln2_high are multiples of 2^-24 (2^-53), so high and what it
    // lost are 0 or greater than that; likewise k ln2_low, and the rest, which is about f²/2.
    const V<T> high = flush_safe_fma(k, C::ln2_high, f);
    const V<T> lost = flush_safe_fma(k, C::ln2_high, -high) + f;
    const V<T> finite = high + (lost + flush_safe_fma(k, C::ln2_low, log_rest(f)));
    // Of lifted, which is not subnormal, rather than of x.
    const V<T> at_most_zero =
        select(lifted == T(0), V<T>(-infinity), V<T>(std::numeric_limits<T>::quiet_NaN()));
    return select(lifted > T(0), select(lifted < infinity, finite, V<T>(infinity)), at_most_zero);
}

}  // namespace sporkle::math
