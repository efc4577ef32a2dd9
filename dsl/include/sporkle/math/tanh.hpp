// Hyperbolic tangent, odd: computed for |x|, the sign put back.
//
// Single precision has two ranges, both computed and one selected: below 1 a minimax polynomial in x², above
// 1 - 2 / (e^(2x) + 1), where the fraction is so small that the errors of the exponential do not count.
// Double precision takes e^(2x) - 1 = E in two numbers and divides E by E + 2 with one correction of the
// quotient by its exact remainder.
//
// Specials: NaN → NaN, ±∞ → ±1, ±0 → ±0, subnormals → themselves. Errors: README.md.
#pragma once

#include <array>
#include <limits>

#include <sporkle/math/exp.hpp>
#include <sporkle/math/polynomial.hpp>
#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

/// `magnitude`, not negative, with the sign of `sign`.
template <template <class> class V, class T>
V<T> with_sign_of(V<T> magnitude, V<T> sign) {
    constexpr auto sign_bit = std::numeric_limits<IntegerOf<T>>::min();
    return number_from_bits(bits_of(magnitude) | (bits_of(sign) & sign_bit));
}

template <template <class> class V>
V<float> tanh(V<float> x) {
    constexpr std::array polynomial = {-0x1.55553cp-2f, 0x1.110be4p-3f, -0x1.b9623ap-5f, 0x1.6009a2p-6f,
                                       -0x1.045fdp-7f,  0x1.2d9f4ep-9f, -0x1.77ca4cp-12f};
    constexpr std::int32_t one = 0x3f800000;
    constexpr float own_value = 0x1p-64f;  // of what is smaller, the hyperbolic tangent is the number itself
    const V<float> a = abs(x);

    const V<float> z = a * a;
    // Flush-safe: a is normal where the sum is used, and a subnormal a³ is far too small to count.
    const V<float> sum = flush_safe_fma(a * z, horner(z, polynomial), a);
    const V<float> below = select(a < own_value, a, sum);

    const auto [shifted, t] = exp_parts(min(V<float>(20.0f), a + a));
    const V<float> power = power_of_two(shifted, V<std::int32_t>(one));
    // Flush-safe: power is at least 4 where this is used.
    const V<float> above = V<float>(1.0f) - V<float>(2.0f) / flush_safe_fma(power, t, power + 1.0f);

    return with_sign_of(select(a < 1.0f, below, above), x);
}

template <template <class> class V>
V<double> tanh(V<double> x) {
    using C = ExpConstants<double>;
    constexpr std::int64_t one = 0x3ff0000000000000;
    const V<double> a = abs(x);
    const V<double> y = min(V<double>(44.0), a + a);

    // e^y = 2^n (1 + r + rest), r with its own rounding error
    const V<double> shifted = fma(y, C::log2_e, C::tilt) + C::shifter;
    const V<double> n = shifted - C::shifter;
    const V<double> reduced = fma(n, -C::ln2_high, y);
    const V<double> r = fma(n, -C::ln2_low, reduced);
    const V<double> r_low = fma(n, -C::ln2_low, reduced - r);
    const V<double> rest = fma(r * r, horner(r, C::polynomial), r_low);
    const V<double> t = r + rest;
    const V<double> t_low = rest - (t - r);

    // E = e^y - 1 = (2^n - 1) + 2^n t
    const V<double> power = power_of_two(shifted, V<std::int64_t>(one));
    const V<double> e = fma(power, t, power - 1.0);
    const V<double> e_low = fma(power, t_low, fma(power, t, (power - 1.0) - e));

    // E / (E + 2)
    const V<double> greater = max(e, V<double>(2.0)), lesser = min(e, V<double>(2.0));
    const V<double> divisor = greater + lesser;
    const V<double> divisor_low = (lesser - (divisor - greater)) + e_low;
    const V<double> inverse = V<double>(1.0) / divisor;
    const V<double> quotient = e * inverse;
    const V<double> remainder = fma(-quotient, divisor_low, fma(-quotient, divisor, e) + e_low);
    return with_sign_of(fma(remainder, inverse, quotient), x);
}

}  // namespace sporkle::math
