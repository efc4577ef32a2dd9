// Single precision made right on machines some of whose operations flush: they take subnormal operands as
// zeros of their sign, give such zeros for subnormal results, looking at them before or after they are
// rounded, and are right otherwise. fma, comparisons and the conversion to double precision may flush, in
// these algorithms too; all else must be right.
#pragma once

#include <cstdint>
#include <limits>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

namespace flushing_detail {

using I = std::int32_t;
constexpr I lowest = std::numeric_limits<I>::min(), highest = std::numeric_limits<I>::max();
constexpr I least_normal = 0x01000000;  ///< its bits, doubled, by which the sign is shifted out

/// Whether x is 0, normal, infinite or NaN: doubled bits less 1 are in order then, with 0 as the greatest.
/// Half the range is added, so that integers with a sign have that order.
template <template <class> class V>
V<bool> is_regular(V<float> x) {
    return bits_of(x) + bits_of(x) + highest >= lowest + (least_normal - 1);
}

/// Whether x is normal, infinite or NaN.
template <template <class> class V>
V<bool> is_normal(V<float> x) {
    return bits_of(x) + bits_of(x) + lowest >= lowest + least_normal;
}

/// A power of two that makes every subnormal normal. Large numbers become infinite and keep their order.
constexpr float up = 0x1p64f;

}  // namespace flushing_detail

/// Whether `result`, which a flushing fma has given for a · b + c, is certainly right: no operand is
/// subnormal, and the result is normal, infinite or NaN; a 0 may have been subnormal. The least normal number
/// is right, too: what rounds up to it where the exponent has no limit does so among subnormals, whose last
/// place is coarser.
template <template <class> class V>
V<bool> is_unflushed(V<float> a, V<float> b, V<float> c, V<float> result) {
    namespace detail = flushing_detail;
    return detail::is_regular(a) & detail::is_regular(b) & detail::is_regular(c) & detail::is_normal(result);
}

/// The same where the product is a 0, which may leave a 0.
template <template <class> class V>
V<bool> is_unflushed_without_product(V<float> a, V<float> b, V<float> c) {
    const auto is_zero = [](V<float> x) { return bits_of(x) + bits_of(x) == std::int32_t(0); };
    return (is_zero(a) | is_zero(b)) & flushing_detail::is_regular(c);
}

/// x in double precision.
template <template <class> class V>
V<double> widened(V<float> x) {
    using flushing_detail::up;
    const V<bool> small = abs(x) < 1 / up;
    const V<double> lifted = convert<double>(select(small, x * up, x));
    return select(small, lifted * (1 / static_cast<double>(up)), lifted);
}

// Comparisons.

/// A difference is 0 only of equal numbers, and keeps its sign when it becomes infinite; that of equal
/// infinities is NaN.
template <template <class> class V>
V<bool> is_less(V<float> a, V<float> b) {
    return (a - b) * flushing_detail::up < 0.0f;
}

// Two looks: the first one finds numbers equal that are flushed, the second one those that `up` makes
// infinite.
template <template <class> class V>
V<bool> is_less_or_equal(V<float> a, V<float> b) {
    return (a <= b) & (a * flushing_detail::up <= b * flushing_detail::up);
}
template <template <class> class V>
V<bool> is_equal(V<float> a, V<float> b) {
    return (a == b) & (a * flushing_detail::up == b * flushing_detail::up);
}
/// True for a NaN.
template <template <class> class V>
V<bool> is_not_equal(V<float> a, V<float> b) {
    return (a != b) | (a * flushing_detail::up != b * flushing_detail::up);
}

}  // namespace sporkle::math
