// e^x: reduction to r = x - n ln 2 between log 0.75 and log 1.5 (Cody and Waite, "Software Manual for the
// Elementary Functions", 1980, here exact by fma), a minimax polynomial (tools/ulp/coefficients.cpp), and
// scaling by 2^n in two steps so that subnormal results are rounded once.
//
// Specials: NaN → NaN, +∞ → +∞, -∞ → +0, ±0 → 1. Largest errors: README.md.
#pragma once

#include <array>
#include <cstdint>

#include <sporkle/math/polynomial.hpp>
#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <class T>
struct ExpConstants;

template <>
struct ExpConstants<float> {
    static constexpr float log2_e = 0x1.715476p+0f;
    static constexpr float ln2_high = 0x1.62e43p-1f, ln2_low = -0x1.05c61p-29f;
    /// Added to a number below 2^22 it leaves the nearest integer in the low bits.
    static constexpr float shifter = 0x1.8p23f;
    /// Moves the range of r so that e^r lies between 0.75 and 1.5: near 1 from below, where the last place is
    /// half as large, r is then smaller, too.
    static constexpr float tilt = -0.085f;
    static constexpr int fraction_bits = 23;
    static constexpr float highest = 89, lowest = -104;  ///< beyond: ∞ and 0
    /// Scaling by 2^n takes the steps n - 1 and 1 for x ≥ 0, n + 64 and -64 for x < 0.
    static constexpr std::int32_t upper_bias = (127 - 1) << 23, lower_bias = (127 + 64) << 23;
    static constexpr float upper_step = 2, lower_step = 0x1p-64f;
    /// e^r = 1 + r + r² P(r)
    static constexpr std::array polynomial = {0x1.000006p-1f, 0x1.5554d8p-3f, 0x1.5543ap-5f, 0x1.11f14cp-7f,
                                              0x1.80135ep-10f};
};

template <>
struct ExpConstants<double> {
    static constexpr double log2_e = 0x1.71547652b82fep+0;
    static constexpr double ln2_high = 0x1.62e42fefa39efp-1, ln2_low = 0x1.abc9e3b39803fp-56;
    static constexpr double shifter = 0x1.8p52;
    static constexpr double tilt = -0.085;
    static constexpr int fraction_bits = 52;
    static constexpr double highest = 710, lowest = -746;
    static constexpr std::int64_t upper_bias = std::int64_t(1023 - 1) << 52,
                                  lower_bias = std::int64_t(1023 + 512) << 52;
    static constexpr double upper_step = 2, lower_step = 0x1p-512;
    static constexpr std::array polynomial = {0x1p-1,
                                              0x1.5555555555553p-3,
                                              0x1.55555555556cep-5,
                                              0x1.1111111111dcbp-7,
                                              0x1.6c16c16b83ab5p-10,
                                              0x1.a01a019c13db5p-13,
                                              0x1.a01a04d3cc488p-16,
                                              0x1.71de3832cb953p-19,
                                              0x1.27dcaf779eda1p-22,
                                              0x1.aecfd92bb65dap-26,
                                              0x1.2f6322b45aba9p-29};
};

/// e^x = 2^n (1 + t), with n where the low bits of `shifted` say.
template <template <class> class V, class T>
struct ExpParts {
    V<T> shifted, t;
};

/// For |x| below 2^20.
///
/// Flush-safe in a function to which a t below 2^-125 is as good as 0. For x is added to a tilt beside which
/// it does not count if subnormal, and where the two cancel, both are multiples of 2^-60. With n = 0, r is x,
/// or 0 if x is subnormal and something flushes; with any other n, `high` and r are multiples of 2^-50. In t,
/// r² does not count where it is subnormal.
template <template <class> class V, class T>
ExpParts<V, T> exp_parts(V<T> x) {
    using C = ExpConstants<T>;
    const V<T> shifted = flush_safe_fma(x, C::log2_e, C::tilt) + C::shifter;
    const V<T> n = shifted - C::shifter;
    // Exact: n is 0, or both terms are multiples of 2^-25 (2^-54) and leave no more than 24 (53) bits of
    // them.
    const V<T> high = flush_safe_fma(n, -C::ln2_high, x);
    const V<T> r = flush_safe_fma(n, -C::ln2_low, high);
    return {shifted, flush_safe_fma(r * r, horner(r, C::polynomial), r)};
}

/// 2^n from the low bits of `shifted`; `bias` is the bit pattern of 1, or of another power to multiply with.
template <template <class> class V, class T>
V<T> power_of_two(V<T> shifted, V<IntegerOf<T>> bias) {
    return number_from_bits(shift_left(bits_of(shifted), ExpConstants<T>::fraction_bits) + bias);
}

template <template <class> class V, class T>
V<T> exp(V<T> x) {
    using C = ExpConstants<T>;
    using I = IntegerOf<T>;
    x = max(V<T>(C::lowest), min(V<T>(C::highest), x));  // in this order NaN stays; a subnormal may become 0
    const auto [shifted, t] = exp_parts(x);
    const V<bool> small = x < T(0);
    const V<T> first = power_of_two(shifted, select(small, V<I>(C::lower_bias), V<I>(C::upper_bias)));
    const V<T> second = select(small, V<T>(C::lower_step), V<T>(C::upper_step));
    return (t + 1) * first * second;  // a t below 2^-125 does not count
}

}  // namespace sporkle::math
