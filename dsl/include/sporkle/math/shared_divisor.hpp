// Many divisions by one number: with its reciprocal each takes five operations. The bits are those of the
// division (division.hpp has the proof: the reciprocal is correctly rounded, so that divisors with full
// fractions need no care).
#pragma once

#include <bit>

#include <sporkle/math/division.hpp>

namespace sporkle::math {

/// Whether x is so far from the limits of the exponent that quotient_by takes it. NaN is not.
template <template <class> class V, class T>
V<bool> is_moderate(V<T> x) {
    using I = IntegerOf<T>;
    using F = division_detail::Format<T>;
    constexpr T low = std::bit_cast<T>(I(F::bias - F::easy_exponent) << F::fraction_bits);
    constexpr T high = std::bit_cast<T>(I(F::bias + F::easy_exponent) << F::fraction_bits);
    return (abs(x) > low) & (abs(x) < high);
}

/// a / b for moderate a and b: `reciprocal` is 1 / b, rounded correctly.
template <template <class> class V, class T>
V<T> quotient_by(V<T> a, V<T> b, V<T> reciprocal) {
    return division_detail::divide(a, b, reciprocal).nearest;
}

}  // namespace sporkle::math
