// Rounding to odd, and the exact sum that it needs.
//
// A value that is rounded to odd (its last bit is set wherever it is inexact) and then rounded to nearest
// with at least two bits less is what one rounding of the exact value would have given: S. Boldo and G.
// Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
// Transactions on Computers 57 (2008).
#pragma once

#include <cstdint>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <class Value>
struct ExactSum {
    Value sum, error;  ///< the rounded sum, and what it lost
};

/// Knuth's TwoSum, for operands in any order. The error of infinite and NaN sums is NaN.
template <template <class> class V, class T>
ExactSum<V<T>> exact_sum(V<T> a, V<T> b) {
    const V<T> sum = a + b;
    const V<T> b_part = sum - a;
    const V<T> a_part = sum - b_part;
    return {sum, (a - a_part) + (b - b_part)};
}

/// `nearest`, a number rounded to nearest, made odd where it was inexact: `error` is the exact value less
/// `nearest`, or anything of its sign, but no subnormal float. A NaN error counts as 0.
template <template <class> class V, class T>
V<T> made_odd(V<T> nearest, V<T> error) {
    using I = IntegerOf<T>;
    constexpr int sign_place = 8 * sizeof(T) - 1;
    const V<I> bits = bits_of(nearest);
    const V<bool> inexact = (error < T(0)) | (error > T(0));
    const V<bool> even = (bits & I(1)) == I(0);
    // One step up or down in magnitude, as the signs of number and error agree or not: +1 or -1.
    const V<I> step = shift_right(bits ^ bits_of(error), sign_place) | I(1);
    return number_from_bits(bits + select(inexact & even, step, V<I>(I(0))));
}

/// a + b rounded to odd.
template <template <class> class V, class T>
V<T> odd_sum(V<T> a, V<T> b) {
    const auto [sum, error] = exact_sum(a, b);
    return made_odd(sum, error);
}

/// Double to float, rounded to odd.
template <template <class> class V>
V<float> odd_float(V<double> x) {
    const V<float> nearest = convert<float>(x);
    const V<double> back = convert<double>(nearest);
    // Of x - back only the sign counts, which the comparisons give without infinities in the way.
    const V<float> direction =
        select(x > back, V<float>(1.0f), select(x < back, V<float>(-1.0f), V<float>(0.0f)));
    return made_odd(nearest, direction);
}

/// A 64-bit integer as a double, rounded to odd with at least 42 bits: beyond 2^53 the lowest 11 bits become
/// one sticky bit.
template <template <class> class V>
V<double> odd_double(V<std::int64_t> x) {
    using I = std::int64_t;
    constexpr I exact = I(1) << 53, low_bits = 0x7ff;
    const V<I> low = x & low_bits;
    const V<I> sticky = select(low == I(0), V<I>(I(0)), V<I>(low_bits + 1));
    const V<I> odd = (x - low) | sticky;
    return convert<double>(select((x > exact) | (x < -exact), odd, x));
}

}  // namespace sporkle::math
