// 1 / √x: the quotient of two correctly rounded operations, corrected once by Newton's step with the exact
// residual 1 - x y².
//
// Specials: NaN → NaN, x < 0 → NaN, ±0 → ±∞, +∞ → +0. Errors: README.md.
#pragma once

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <template <class> class V, class T>
V<T> rsqrt(V<T> x) {
    const V<T> y = V<T>(T(1)) / sqrt(x);
    const V<T> product = x * y;
    const V<T> product_low = fma(x, y, -product);
    const V<T> residual = fma(-product_low, y, fma(-product, y, T(1)));
    const V<T> corrected = fma(y * T(0.5), residual, y);
    return select(residual == residual, corrected, y);  // at 0, ∞ and below 0 the residual is NaN
}

}  // namespace sporkle::math
