// Number formats and the arithmetic rules of the chips that C++ does not give: which NaN comes out, minimum
// and maximum of every kind, saturating conversions, halves. Branch-free, so that loops over lanes vectorise.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace sporkle::amdgpu::emulator {

template <class F>
using BitsOf = std::conditional_t<sizeof(F) == 8, std::uint64_t, std::uint32_t>;

template <class F>
struct FloatFormat;
template <>
struct FloatFormat<float> {
    static constexpr std::uint32_t sign = 0x80000000u, infinity = 0x7f800000u, quiet = 0x00400000u;
    static constexpr int fraction_bits = 23, bias = 127;
};
template <>
struct FloatFormat<double> {
    static constexpr std::uint64_t sign = std::uint64_t{1} << 63, infinity = std::uint64_t{0x7ff} << 52,
                                   quiet = std::uint64_t{1} << 51;
    static constexpr int fraction_bits = 52, bias = 1023;
};

template <class F>
constexpr BitsOf<F> bits_of(F x) {
    return std::bit_cast<BitsOf<F>>(x);
}
template <class F>
constexpr F from_bits(BitsOf<F> bits) {
    return std::bit_cast<F>(bits);
}
template <class F>
constexpr bool is_nan(F x) {
    return x != x;
}
template <class F>
constexpr bool is_signaling(F x) {
    return x != x && !(bits_of(x) & FloatFormat<F>::quiet);
}
template <class F>
constexpr F quieted(F x) {
    return from_bits<F>(bits_of(x) | FloatFormat<F>::quiet);
}
template <class F>
constexpr F default_nan() {
    return from_bits<F>(FloatFormat<F>::infinity | FloatFormat<F>::quiet);
}
template <class F>
constexpr bool is_subnormal(F x) {
    const auto magnitude = bits_of(x) & ~FloatFormat<F>::sign;
    return magnitude != 0 && magnitude < (BitsOf<F>{1} << FloatFormat<F>::fraction_bits);
}
template <class F>
constexpr F flushed(F x) {
    const auto bits = bits_of(x);
    return from_bits<F>(bits & FloatFormat<F>::infinity ? bits : bits & FloatFormat<F>::sign);
}
/// Biased exponent field.
template <class F>
constexpr int exponent_field(F x) {
    return static_cast<int>((bits_of(x) & FloatFormat<F>::infinity) >> FloatFormat<F>::fraction_bits);
}

/// An arithmetic result: of several NaN operands the first is propagated, quieted; a NaN that no operand was
/// is positive with an empty payload.
template <class F>
constexpr F settled(F r, F a) {
    return r == r ? r : a != a ? quieted(a) : default_nan<F>();
}
template <class F>
constexpr F settled(F r, F a, F b) {
    return r == r ? r : a != a ? quieted(a) : b != b ? quieted(b) : default_nan<F>();
}
template <class F>
constexpr F settled(F r, F a, F b, F c) {
    // Innermost first, each a plain selection: nested conditions would become branches.
    F nan = c != c ? quieted(c) : default_nan<F>();
    nan = b != b ? quieted(b) : nan;
    nan = a != a ? quieted(a) : nan;
    return r == r ? r : nan;
}

/// The lesser of two numbers, -0 below +0.
template <class F>
constexpr F lesser(F a, F b) {
    const F r = a < b ? a : b;
    return a == b ? from_bits<F>(bits_of(a) | bits_of(b)) : r;
}
template <class F>
constexpr F greater(F a, F b) {
    const F r = a > b ? a : b;
    return a == b ? from_bits<F>(bits_of(a) & bits_of(b)) : r;
}
/// A NaN operand gives the other one (IEEE 754-2019 minimumNumber); two give the first, quieted.
template <class F>
constexpr F minimum_number(F a, F b) {
    const F r = lesser(a, b);
    return a != a ? (b != b ? quieted(a) : b) : b != b ? a : r;
}
template <class F>
constexpr F maximum_number(F a, F b) {
    const F r = greater(a, b);
    return a != a ? (b != b ? quieted(a) : b) : b != b ? a : r;
}
/// v_min, v_max before gfx12 in IEEE mode: a signaling NaN wins, quieted (IEEE 754-2008 minNum).
template <class F>
constexpr F minimum_2008(F a, F b) {
    const F r = minimum_number(a, b);
    return is_signaling(a) ? quieted(a) : is_signaling(b) ? quieted(b) : r;
}
template <class F>
constexpr F maximum_2008(F a, F b) {
    const F r = maximum_number(a, b);
    return is_signaling(a) ? quieted(a) : is_signaling(b) ? quieted(b) : r;
}
/// NaN wins (IEEE 754-2019 minimum).
template <class F>
constexpr F minimum(F a, F b) {
    const F r = lesser(a, b);
    return a != a ? quieted(a) : b != b ? quieted(b) : r;
}
template <class F>
constexpr F maximum(F a, F b) {
    const F r = greater(a, b);
    return a != a ? quieted(a) : b != b ? quieted(b) : r;
}
template <class F>
constexpr F median(F a, F b, F c) {
    const F middle = greater(lesser(a, b), lesser(greater(a, b), c));
    const F with_nan = minimum_number(minimum_number(a, b), c);
    return a != a || b != b || c != c ? with_nan : middle;
}

/// binary16 → float, exactly; NaNs keep their payload.
constexpr float half_to_float(std::uint32_t half) {
    const std::uint32_t sign = (half & 0x8000u) << 16, magnitude = half & 0x7fffu;
    // The magnitude as if its exponent were binary32's, then the bias put right by an exact multiplication.
    const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
    const std::uint32_t finite = std::bit_cast<std::uint32_t>(scaled);
    const std::uint32_t special = 0x7f800000u | magnitude << 13;
    return std::bit_cast<float>(sign | (magnitude >= 0x7c00u ? special : finite));
}
/// float → binary16, to nearest even; NaNs become quiet.
constexpr std::uint32_t float_to_half(float x) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x), sign = bits >> 16 & 0x8000u,
                        m = bits & 0x7fffffffu;
    const std::uint32_t nan = 0x7e00u | (m >> 13 & 0x1ffu);
    // Normal halves: rounded in place. A carry goes into the exponent, up to infinity.
    const std::uint32_t normal = (m - 0x38000000u + 0xfffu + (m >> 13 & 1)) >> 13;
    // Subnormal halves: adding 0.5 aligns their last place with that of a float in [0.5, 1), which rounds.
    const std::uint32_t small = std::bit_cast<std::uint32_t>(std::bit_cast<float>(m) + 0.5f) - 0x3f000000u;
    const std::uint32_t finite = m < 0x38800000u ? small : m >= 0x477ff000u ? 0x7c00u : normal;
    return sign | (m > 0x7f800000u ? nan : finite);
}
/// double → binary16 with one rounding: through float, rounded to odd.
inline std::uint32_t double_to_half(double x) {
    const float nearest = static_cast<float>(x);
    std::uint32_t bits = std::bit_cast<std::uint32_t>(nearest);
    const double back = static_cast<double>(nearest);
    if (back != x && x == x && !(bits & 1)) {
        const bool too_large = (back < 0 ? -back : back) > (x < 0 ? -x : x);
        bits = too_large ? bits - 1 : bits + 1;
    }
    return float_to_half(std::bit_cast<float>(bits));
}
constexpr float bfloat_to_float(std::uint32_t bits) { return std::bit_cast<float>(bits << 16); }
constexpr std::uint32_t float_to_bfloat(float x) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    return x != x ? (bits >> 16) | 0x40u : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
}

/// Toward zero, saturating; NaN gives 0.
template <class I, class F>
constexpr I truncated_to(F x) {
    constexpr F low = static_cast<F>(std::numeric_limits<I>::min());
    constexpr F high =
        static_cast<F>(std::numeric_limits<I>::max());  // may be rounded up: then it is one too large
    if (!(x == x)) return 0;
    if (x <= low) return std::numeric_limits<I>::min();
    if (x >= high) return std::numeric_limits<I>::max();
    return static_cast<I>(x);
}

/// Toward zero, as v_cvt_pkrtz does; beyond the largest half this gives the largest half.
constexpr std::uint32_t float_to_half_toward_zero(float x) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x), sign = bits >> 16 & 0x8000u,
                        m = bits & 0x7fffffffu;
    if (m > 0x7f800000u) return sign | 0x7e00u | (m >> 13 & 0x1ffu);
    if (m == 0x7f800000u) return sign | 0x7c00u;
    if (m >= 0x47800000u) return sign | 0x7bffu;
    if (m >= 0x38800000u) return sign | ((m - 0x38000000u) >> 13);
    if (m < 0x33800000u) return sign;
    const int shift = 126 - static_cast<int>(m >> 23);  // 14 for the largest subnormal, 24 for the least
    return sign | (((m & 0x7fffffu) | 0x800000u) >> shift);
}

}  // namespace sporkle::amdgpu::emulator
