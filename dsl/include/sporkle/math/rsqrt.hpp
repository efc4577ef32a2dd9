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
    // Flush-safe, unlike the one before, whose x may be subnormal: y is between 2^-64 and 2^75, product
    // between 2^-75 and 2^64, product_low 0 or at least 2^-48 product, and the residual 0 or at least 2^-73.
    const V<T> residual = flush_safe_fma(-product_low, y, flush_safe_fma(-product, y, T(1)));
    const V<T> corrected = flush_safe_fma(y * T(0.5), residual, y);
    return select(residual == residual, corrected, y);  // at 0, ∞ and below 0 the residual is NaN
}

}  // namespace sporkle::math
