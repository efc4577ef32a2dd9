// a · b + c rounded once, for machines that lack the instruction or round twice. The same bits as std::fma
// for every input (any NaN for a NaN).
#pragma once

#include <cstdint>
#include <limits>

#include <sporkle/math/odd.hpp>
#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

/// Single precision: the product is exact in double precision, the sum is rounded to odd there.
template <template <class> class V>
V<float> software_fma(V<float> a, V<float> b, V<float> c) {
    return convert<float>(odd_sum(convert<double>(a) * convert<double>(b), convert<double>(c)));
}

namespace software_fma_detail {

/// x = fraction · 2^exponent with 1 ≤ |fraction| < 2, for finite x other than 0.
template <template <class> class V>
struct Parts {
    V<double> fraction;
    V<std::int64_t> exponent;
};

template <template <class> class V>
Parts<V> parts(V<double> x) {
    using I = std::int64_t;
    constexpr I one = I(1023) << 52, sign_and_fraction = ~(I(0x7ff) << 52);
    const V<bool> subnormal = abs(x) < std::numeric_limits<double>::min();
    const V<double> lifted = select(subnormal, x * 0x1p54, x);
    const V<I> field = shift_right_logical(bits_of(lifted), 52) & I(0x7ff);
    return {number_from_bits((bits_of(lifted) & sign_and_fraction) | one),
            field - select(subnormal, V<I>(I(1023 + 54)), V<I>(I(1023)))};
}

/// The upper 26 bits, rounded, so that the rest fits 26 bits and a sign.
template <template <class> class V>
V<double> upper_part(V<double> x) {
    using I = std::int64_t;
    return number_from_bits((bits_of(x) + (I(1) << 26)) & ~((I(1) << 27) - 1));
}

template <template <class> class V>
V<double> power_of_two(V<std::int64_t> exponent) {
    return number_from_bits(shift_left(exponent + std::int64_t(1023), 52));
}

/// a · b = product + error, for factors near 1 (T. Dekker, "A floating-point technique for extending the
/// available precision", 1971).
template <template <class> class V>
ExactSum<V<double>> exact_product(V<double> a, V<double> b) {
    const V<double> product = a * b;
    const V<double> a_high = upper_part(a), b_high = upper_part(b);
    const V<double> a_low = a - a_high, b_low = b - b_high;
    const V<double> error = (((a_high * b_high - product) + a_high * b_low) + a_low * b_high) + a_low * b_low;
    return {product, error};
}

}  // namespace software_fma_detail

/// Double precision: the fractions are multiplied exactly, c is brought to their scale, and the four parts
/// are added by the algorithm of Boldo and Melquiond (odd.hpp). Where the result is subnormal, the least
/// normal number takes part in the sum, which puts the one rounding where the subnormal's last place is.
template <template <class> class V>
V<double> software_fma(V<double> a, V<double> b, V<double> c) {
    namespace detail = software_fma_detail;
    using I = std::int64_t;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    // A term that is so much smaller than the other one decides nothing but the direction of a rounding.
    constexpr I farthest = 120;
    // Beyond these powers of two every result is 0 or infinite.
    constexpr I lowest_scale = -1300, highest_scale = 1100;

    const auto pa = detail::parts(a), pb = detail::parts(b), pc = detail::parts(c);
    const V<I> product_exponent = pa.exponent + pb.exponent;
    const V<I> distance = pc.exponent - product_exponent;
    const V<I> near = max(V<I>(-farthest), min(V<I>(farthest), distance));
    // The result is scaled · 2^scale: product and addend keep their ratio unless they are far apart.
    const V<I> wanted_scale = select(distance > farthest, pc.exponent - farthest, product_exponent);
    const V<I> scale = max(V<I>(lowest_scale), min(V<I>(highest_scale), wanted_scale));
    const V<double> addend = select(c == 0.0, V<double>(0.0), pc.fraction * detail::power_of_two(near));

    const auto product = detail::exact_product(pa.fraction, pb.fraction);
    const auto lower = exact_sum(addend, product.error);
    const auto upper = exact_sum(product.sum, lower.sum);
    // Added up once more, since the upper two may have cancelled altogether.
    const auto total = exact_sum(upper.sum, odd_sum(lower.error, upper.error));

    const V<I> least_exponent = V<I>(I(-1022)) - scale;  // of the least normal number, scaled
    const V<I> possible_exponent = max(V<I>(I(-1000)), min(V<I>(I(1000)), least_exponent));
    const V<double> least_normal = detail::power_of_two(possible_exponent);
    const V<bool> subnormal = abs(total.sum) < least_normal;
    const V<double> raise =
        select(subnormal, select(total.sum < 0.0, -least_normal, least_normal), V<double>(0.0));
    const auto raised = exact_sum(raise, total.sum);
    const V<double> rounded_sum = raised.sum + odd_sum(raised.error, total.error);
    const V<double> scaled = rounded_sum - raise;

    const V<I> half_scale = shift_right(scale, 1);
    const V<double> magnitude =
        abs(scaled * detail::power_of_two(half_scale) * detail::power_of_two(scale - half_scale));
    // The sign of a result that rounds to 0 is that of the sum before.
    const V<double> finite = select(total.sum < 0.0, -magnitude, magnitude);

    const V<bool> finite_factors = (abs(a) < infinity) & (abs(b) < infinity);
    const V<bool> regular = finite_factors & (abs(c) < infinity) & (a != 0.0) & (b != 0.0);
    // With a factor 0 the product is exact; with an infinite or NaN factor it is infinite or NaN.
    const V<double> special = select(finite_factors & (a != 0.0) & (b != 0.0), c, a * b + c);
    return select(regular, finite, special);
}

}  // namespace sporkle::math
