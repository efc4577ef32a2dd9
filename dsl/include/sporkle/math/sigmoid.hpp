// Logistic function 1 / (1 + e^-x). With e^-x = 2^n (1 + t) and h = 2^-n it is h / (1 + h + t); the divisor
// is kept in two numbers and the quotient corrected by its remainder. The factor h is applied in two steps,
// so that subnormal results are rounded once.
//
// Specials: NaN → NaN, +∞ → 1, -∞ → +0. Errors: README.md.
#pragma once

#include <sporkle/math/exp.hpp>
#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <class T>
struct SigmoidConstants;
template <>
struct SigmoidConstants<float> {
    static constexpr float lowest = -104, highest = 20;  ///< beyond: 0 and 1
};
template <>
struct SigmoidConstants<double> {
    static constexpr double lowest = -746, highest = 40;
};

template <template <class> class V, class T>
V<T> sigmoid(V<T> x) {
    using C = ExpConstants<T>;
    using I = IntegerOf<T>;
    using Limits = SigmoidConstants<T>;
    const V<T> y = max(V<T>(-Limits::highest), min(V<T>(-Limits::lowest), -x));
    const auto [shifted, t] = exp_parts(y);
    const V<T> first = number_from_bits(V<I>(C::lower_bias) - shift_left(bits_of(shifted), C::fraction_bits));
    const V<T> h = first * C::lower_step;  // 0 where it does not matter to the divisor

    const V<T> one_and_h = h + T(1);
    const V<T> divisor = one_and_h + t;
    // What the two sums lost, each exactly: 1 ≥ |t|, and the greater of 1 and h comes first
    const V<T> greater = max(h, V<T>(T(1))), lesser = min(h, V<T>(T(1)));
    const V<T> divisor_low = (lesser - (one_and_h - greater)) + (t - (divisor - one_and_h));

    // Flush-safe: inverse is between 2^-30 and 1; 1 - inverse · divisor is a multiple of 2^-77; and neither a
    // y, t, h, divisor_low nor remainder below 2^-125 counts beside these or beside 1.
    const V<T> inverse = V<T>(T(1)) / divisor;
    const V<T> remainder = flush_safe_fma(-inverse, divisor_low, flush_safe_fma(-inverse, divisor, T(1)));
    return flush_safe_fma(remainder, inverse, inverse) * first * C::lower_step;
}

}  // namespace sporkle::math
