// Conversions between float and the 16-bit formats by integer operations, each rounding once, to nearest
// even. Patterns of the formats lie in the low 16 bits of a V<std::int32_t>; upper bits of inputs are
// ignored.
//
// f16 follows F. Giesen's published float_to_half_fast3_rtne and half_to_float (2012), without branches.
#pragma once

#include <cstdint>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <template <class> class V>
V<std::int32_t> f16_from_float(V<float> x) {
    using I = std::int32_t;
    constexpr I sign_bit = INT32_MIN, infinity = 0x7f800000;
    constexpr I least_overflow = 0x47800000;  // 2^16
    constexpr I least_normal = 0x38800000;    // 2^-14
    const V<I> sign = bits_of(x) & sign_bit;
    const V<I> magnitude = bits_of(x) ^ sign;

    const V<I> special = select(magnitude > infinity, V<I>(I(0x7e00)), V<I>(I(0x7c00)));
    // Adding ½ leaves the subnormal's fraction, rounded, in the low bits.
    const V<I> subnormal = bits_of(number_from_bits(magnitude) + 0.5f) - I(0x3f000000);
    // Subtracts 112 from the exponent and rounds; a carry out of the fraction goes to the exponent.
    const V<I> odd = shift_right_logical(magnitude, 13) & I(1);
    const V<I> normal = shift_right_logical(magnitude + (I(0xfff) - (I(112) << 23)) + odd, 13);

    const V<I> finite = select(magnitude < least_normal, subnormal, normal);
    return select(magnitude < least_overflow, finite, special) | shift_right_logical(sign, 16);
}

template <template <class> class V>
V<float> float_from_f16(V<std::int32_t> pattern) {
    using I = std::int32_t;
    constexpr I exponent_mask = 0x7c00 << 13;
    const V<I> sign = shift_left(pattern & I(0x8000), 16);
    const V<I> magnitude = shift_left(pattern & I(0x7fff), 13);
    const V<I> exponent = magnitude & exponent_mask;
    const V<I> normal = magnitude + (I(112) << 23);
    const V<I> special = normal + (I(112) << 23);  // the exponent of infinities and NaNs is all ones
    // A subnormal gets a leading one, which the subtraction takes away again, normalising.
    const V<I> subnormal = bits_of(number_from_bits(normal + (I(1) << 23)) - 0x1p-14f);
    const V<I> finite = select(exponent == I(0), subnormal, normal);
    return number_from_bits(select(exponent == exponent_mask, special, finite) | sign);
}

template <template <class> class V>
V<std::int32_t> bf16_from_float(V<float> x) {
    using I = std::int32_t;
    const V<I> bits = bits_of(x);
    const V<I> odd = shift_right_logical(bits, 16) & I(1);
    const V<I> rounded = shift_right_logical(bits + I(0x7fff) + odd, 16);
    return select(x == x, rounded, shift_right_logical(bits, 16) | I(0x40));
}

template <template <class> class V>
V<float> float_from_bf16(V<std::int32_t> pattern) {
    return number_from_bits(shift_left(pattern, 16));
}

}  // namespace sporkle::math
