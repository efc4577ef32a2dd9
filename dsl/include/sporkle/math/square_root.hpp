// The square root rounded correctly on machines that compute it only approximately: from a guess that is good
// to 20 bits, fused multiply-adds and a last test of the neighbours. The same bits as IEEE square root for
// every input (any NaN for a NaN).
//
// The test is Tuckerman's: for a candidate g and the number g⁺ next above it, √x lies nearer to g⁺ just if
// x > g·g⁺, and likewise below; one fma decides each exactly (R. Agarwal et al., "New scalar and vector
// elementary functions for the IBM System/370", 1986).
//
// The argument is scaled to between 2^-60 and 2^60 (2^-400 and 2^400), so that x - g² is 0 or at least 2^-108
// (2^-508), and nothing that the guesses take or give is subnormal. So every fma is flush-safe, and the
// guesses may take and give subnormals as 0. Only limits are compared with x itself.
#pragma once

#include <cstdint>
#include <limits>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

/// `root(x)` and `half_reciprocal(r)` give √x and 1 / 2r to 20 bits, for arguments whose exponents are far
/// from the limits.
template <template <class> class V, class T, class Root, class HalfReciprocal>
V<T> correct_square_root(V<T> x, const Root& root, const HalfReciprocal& half_reciprocal) {
    using I = IntegerOf<T>;
    constexpr bool is_double = sizeof(T) == 8;
    // Even powers of two bring every number to where nothing underflows or overflows.
    constexpr T low = is_double ? T(0x1p-400) : T(0x1p-40f), high = is_double ? T(0x1p400) : T(0x1p40f);
    constexpr T up = is_double ? T(0x1p700) : T(0x1p100f), down = is_double ? T(0x1p-700) : T(0x1p-100f);
    constexpr T root_of_up = is_double ? T(0x1p350) : T(0x1p50f);
    constexpr T root_of_down = is_double ? T(0x1p-350) : T(0x1p-50f);
    const V<bool> is_low = x<low, is_high = x> high;
    const V<T> scaled = x * select(is_low, V<T>(up), select(is_high, V<T>(down), V<T>(T(1))));

    V<T> candidate = root(scaled);
    const V<T> half = half_reciprocal(candidate);
    for (int step = 0; step < (is_double ? 3 : 2); ++step)
        candidate = flush_safe_fma(flush_safe_fma(-candidate, candidate, scaled), half, candidate);
    const V<T> above = number_from_bits(bits_of(candidate) + I(1));
    const V<T> below = number_from_bits(bits_of(candidate) - I(1));
    const V<bool> is_above = flush_safe_fma(-candidate, above, scaled) > T(0);
    const V<bool> is_below = flush_safe_fma(-candidate, below, scaled) <= T(0);
    const V<T> nearest = select(is_above, above, select(is_below, below, candidate));
    const V<T> result =
        nearest * select(is_low, V<T>(root_of_down), select(is_high, V<T>(root_of_up), V<T>(T(1))));

    const V<bool> is_own_root = (scaled == T(0)) | (scaled == std::numeric_limits<T>::infinity());
    const V<T> nan = V<T>(std::numeric_limits<T>::quiet_NaN());
    return select(is_own_root, x, select(scaled > T(0), result, nan));
}

}  // namespace sporkle::math
