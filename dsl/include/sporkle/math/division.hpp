// a / b rounded correctly on machines that divide only approximately: from a guess at the reciprocal that is
// good to 20 bits, fused multiply-adds and exact remainders. The same bits as IEEE division for every input
// (any NaN for a NaN).
//
// After P. Markstein, "Computation of elementary functions on the IBM RISC System/6000 processor" (1990),
// theorem 8.2: where y is 1/b to within half a unit in the last place, q is a/b to within one, and nothing
// underflows, q + (a - q·b)·y rounds to the nearest of a/b.
//
// Nothing is subnormal but what is added and multiplied at the end of any_quotient, and operands, which are
// compared with limits only. So every fma and every comparison is flush-safe, and the first guess may take
// and give subnormals as 0.
#pragma once

#include <cstdint>
#include <limits>

#include <sporkle/math/odd.hpp>
#include <sporkle/math/scalar.hpp>

namespace sporkle::math {
namespace division_detail {

template <class T>
struct Format {
    static constexpr int fraction_bits = std::numeric_limits<T>::digits - 1;
    static constexpr IntegerOf<T> fraction_mask = (IntegerOf<T>(1) << fraction_bits) - 1;
    static constexpr int bias = std::numeric_limits<T>::max_exponent - 1;
    /// Operands whose exponents are at most this far from 0 meet no limit on the way.
    static constexpr int easy_exponent = bias / 2 - 2;
    /// Newton's steps from 20 bits to all.
    static constexpr int steps = sizeof(T) == 8 ? 3 : 2;
};

template <template <class> class V, class T>
V<bool> is_zero(V<T> x) {
    return bits_of(abs(x)) == IntegerOf<T>(0);  // a comparison of floats might take a subnormal for one
}

/// 2 to the power of an exponent of normal numbers.
template <template <class> class V, class T>
V<T> power_of_two(V<IntegerOf<T>> exponent) {
    using F = Format<T>;
    return number_from_bits(shift_left(exponent + IntegerOf<T>(F::bias), F::fraction_bits));
}

/// |x| = fraction · 2^exponent with 1 ≤ fraction < 2, for finite x other than 0.
template <template <class> class V, class T>
struct Parts {
    V<T> fraction;
    V<IntegerOf<T>> exponent;
};

template <template <class> class V, class T>
Parts<V, T> parts(V<T> x) {
    using I = IntegerOf<T>;
    using F = Format<T>;
    constexpr I one = I(F::bias) << F::fraction_bits;
    constexpr I lift = F::fraction_bits + 2;
    const V<bool> subnormal = abs(x) < std::numeric_limits<T>::min();
    const V<T> lifted = select(subnormal, abs(x) * T(I(1) << lift), abs(x));
    const V<I> field = shift_right_logical(bits_of(lifted), F::fraction_bits);
    return {number_from_bits((bits_of(lifted) & F::fraction_mask) | one),
            field - select(subnormal, V<I>(I(F::bias + lift)), V<I>(I(F::bias)))};
}

/// A quotient of easy operands, rounded to nearest, and the remainder's sign: positive where a/b is farther
/// from 0 than the quotient.
template <class Value>
struct Quotient {
    Value nearest, remainder;
};

/// Whether the fraction's bits are all ones: such a divisor's reciprocal lies so near a tie that Newton's
/// steps may end on the wrong side of it.
template <template <class> class V, class T>
V<bool> has_full_fraction(V<T> b) {
    constexpr IntegerOf<T> mask = Format<T>::fraction_mask;
    return (bits_of(b) & mask) == mask;
}

/// 1 / b rounded to nearest, but for full fractions. For easy b. 1 - b · guess is 0 or at least 2^-48
/// (2^-106): flush-safe.
template <template <class> class V, class T>
V<T> reciprocal(V<T> b, V<T> guess) {
    for (int step = 0; step < Format<T>::steps; ++step)
        guess = flush_safe_fma(guess, flush_safe_fma(-b, guess, V<T>(T(1))), guess);
    return guess;
}

/// For easy operands: the quotient is normal, and the remainder is 0 or at least 2^-48 (2^-106) of a, thus
/// normal: flush-safe.
template <template <class> class V, class T>
Quotient<V<T>> divide(V<T> a, V<T> b, V<T> reciprocal) {
    V<T> quotient = a * reciprocal;
    for (int step = 0; step < 2; ++step)
        quotient = flush_safe_fma(flush_safe_fma(-b, quotient, a), reciprocal, quotient);
    return {quotient, flush_safe_fma(-b, quotient, a)};
}

}  // namespace division_detail

/// Whether easy_quotient may be used: both operands are far from the limits of the exponent, or a is 0, and
/// the divisor is not one of the few whose reciprocal needs care.
template <template <class> class V, class T>
V<bool> is_easy_division(V<T> a, V<T> b) {
    using I = IntegerOf<T>;
    using F = division_detail::Format<T>;
    constexpr I middle = I(F::bias) << F::fraction_bits, width = I(F::easy_exponent) << F::fraction_bits;
    const auto easy = [&](V<T> x) {
        const V<I> magnitude = bits_of(abs(x));
        return (magnitude > middle - width) & (magnitude < middle + width);
    };
    return (easy(a) | division_detail::is_zero(a)) & easy(b) & ~division_detail::has_full_fraction(b);
}

/// `guess` is 1 / b to 20 bits.
template <template <class> class V, class T>
V<T> easy_quotient(V<T> a, V<T> b, V<T> guess) {
    // 0 keeps its sign in the product alone.
    return select(division_detail::is_zero(a), a * guess,
                  division_detail::divide(a, b, division_detail::reciprocal(b, guess)).nearest);
}

/// For all operands. `reciprocal(x)` gives 1 / x to 20 bits for 1 ≤ x < 2. The fractions are divided; where
/// the result is subnormal, the least normal number takes part in a sum with the quotient, which puts the one
/// rounding where the subnormal's last place is, as in fma.hpp.
template <template <class> class V, class T, class Reciprocal>
V<T> any_quotient(V<T> a, V<T> b, const Reciprocal& reciprocal) {
    namespace detail = division_detail;
    using I = IntegerOf<T>;
    using F = detail::Format<T>;
    constexpr T infinity = std::numeric_limits<T>::infinity();
    // Beyond these powers of two every result is 0 or infinite.
    constexpr I lowest = -(F::bias + F::fraction_bits + 10), highest = F::bias + 10;

    const auto pa = detail::parts(a), pb = detail::parts(b);
    const V<I> scale = max(V<I>(lowest), min(V<I>(highest), pa.exponent - pb.exponent));
    // The reciprocal of a full fraction is ½ and one unit in the last place.
    const V<T> near = detail::reciprocal(pb.fraction, reciprocal(pb.fraction));
    const V<T> divisor_reciprocal = select(detail::has_full_fraction(pb.fraction),
                                           V<T>(T(0.5) + std::numeric_limits<T>::epsilon() / 2), near);
    const auto quotient = detail::divide(pa.fraction, pb.fraction, divisor_reciprocal);

    const V<I> least_exponent =
        max(V<I>(I(-10)), V<I>(I(1 - F::bias)) - scale);  // of the least normal, scaled
    const V<T> least_normal = detail::power_of_two<V, T>(least_exponent);
    const V<T> raise = select(quotient.nearest < least_normal, least_normal, V<T>(T(0)));
    const auto raised = exact_sum(raise, quotient.nearest);
    // The remainder decides only where the quotient lies halfway between two results.
    const V<T> rounded_sum = raised.sum + odd_sum(raised.error, quotient.remainder * T(0.0625));
    const V<I> half_scale = shift_right(scale, 1);
    const V<T> magnitude = (rounded_sum - raise) * detail::power_of_two<V, T>(half_scale) *
                           detail::power_of_two<V, T>(scale - half_scale);

    const V<bool> a_is_zero = detail::is_zero(a), b_is_zero = detail::is_zero(b);
    const V<bool> gives_nan =
        (a != a) | (b != b) | (a_is_zero & b_is_zero) | ((abs(a) == infinity) & (abs(b) == infinity));
    const V<bool> gives_infinity = (abs(a) == infinity) | b_is_zero;
    const V<bool> gives_zero = a_is_zero | (abs(b) == infinity);
    const V<T> finite = select(gives_zero, V<T>(T(0)), magnitude);
    const V<T> result = select(gives_infinity, V<T>(infinity), finite);
    constexpr I sign_bit = std::numeric_limits<I>::min();
    const V<T> with_sign = number_from_bits(bits_of(result) | ((bits_of(a) ^ bits_of(b)) & sign_bit));
    return select(gives_nan, V<T>(std::numeric_limits<T>::quiet_NaN()), with_sign);
}

}  // namespace sporkle::math
