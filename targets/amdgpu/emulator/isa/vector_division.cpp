// v_div_scale, v_div_fmas, v_div_fixup: the three instructions around a Newton iteration that make a division
// rounded correctly for all operands.
//
// div_scale multiplies numerator or denominator by a power of two where the iteration would leave the range
// of normal numbers, and says in the mask whether div_fmas has to undo it; div_fmas does so before it rounds;
// div_fixup puts in zeros, infinities and NaNs. Source: the pseudocode of these instructions in the RDNA 3
// manual. Where it says "scale the denominator" for a denominator whose reciprocal is subnormal, the factor
// is below 1, as in the case without mask: only so does the sequence give the quotient.
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

template <class F>
struct Division;
template <>
struct Division<float> {
    static constexpr int scale = 64, near_overflow = 96, tiny = 23, no_quotient = 150;
};
template <>
struct Division<double> {
    static constexpr int scale = 128, near_overflow = 768, tiny = 53, no_quotient = 1075;
};

template <class F>
F scaled(F selected, F denominator, F numerator, bool& undo) {
    constexpr int scale = Division<F>::scale;
    const int ed = exponent_field(denominator), en = exponent_field(numerator);
    constexpr int largest = 2 * FloatFormat<F>::bias + 1;  // of infinities and NaNs
    undo = false;
    if (numerator == 0 || denominator == 0) return default_nan<F>();
    if (ed == largest || en == largest) return selected;  // div_fixup decides
    const bool is_denominator = selected == denominator, is_numerator = selected == numerator;
    // 1 / d is subnormal from 2^(bias - 1) on, but for that power of two itself.
    const bool tiny_reciprocal = is_subnormal(F(1) / denominator);
    const bool tiny_quotient = is_subnormal(numerator / denominator) || numerator / denominator == 0;
    if (en - ed >= Division<F>::near_overflow) {
        undo = true;
        return is_denominator ? std::ldexp(selected, scale) : selected;
    }
    if (is_subnormal(denominator)) return std::ldexp(selected, scale);
    if (tiny_reciprocal && tiny_quotient) {
        undo = true;
        return is_denominator ? std::ldexp(selected, -scale) : selected;
    }
    if (tiny_reciprocal) return std::ldexp(selected, -scale);
    if (tiny_quotient) {
        undo = true;
        return is_numerator ? std::ldexp(selected, scale) : selected;
    }
    if (en <= Division<F>::tiny) return std::ldexp(selected, scale);
    return selected;
}

/// fma(a, b, c) · 2^exponent with one rounding.
template <class F>
F scaled_fma(F a, F b, F c, int exponent) {
    const F h = std::fma(a, b, c);
    if (!std::isfinite(h) || h == 0) return std::ldexp(h, exponent);
    // What rounding h lost, exactly but for its own last places: a·b = p + e, p + c = s + t, h = s + (t + e)
    // rounded.
    const F p = a * b, e = std::fma(a, b, -p);
    const F s = p + c, v = s - p, t = (p - (s - v)) + (c - v);
    const F lost = (s - h) + (t + e);
    // h scaled is exact unless the result is subnormal. Then it is rounded again, which goes wrong only where
    // h lies in the middle of two results: what h lost says on which side the exact value is.
    const F result = std::ldexp(h, exponent);
    constexpr F step = std::numeric_limits<F>::denorm_min();
    const F off = h - std::ldexp(result, -exponent);
    if (std::abs(off) != std::ldexp(step, -exponent) / 2 || lost == 0) return result;
    if (off > 0) return lost > 0 ? result + step : result;
    return lost > 0 ? result : result - step;
}

template <class F>
void div_scale(Rows& r) {
    using B = BitsOf<F>;
    const auto *a = static_cast<const B*>(r.source[0]), *b = static_cast<const B*>(r.source[1]),
               *c = static_cast<const B*>(r.source[2]);
    auto* d = static_cast<B*>(r.result);
    r.mask_out = 0;
    for (int l = 0; l < r.lanes; ++l) {
        bool undo = false;
        d[l] = bits_of(scaled(from_bits<F>(a[l]), from_bits<F>(b[l]), from_bits<F>(c[l]), undo));
        r.mask_out |= std::uint64_t{undo} << l;
    }
}

template <class F>
void div_fmas(Rows& r) {
    using B = BitsOf<F>;
    const auto *a = static_cast<const B*>(r.source[0]), *b = static_cast<const B*>(r.source[1]),
               *c = static_cast<const B*>(r.source[2]);
    auto* d = static_cast<B*>(r.result);
    for (int l = 0; l < r.lanes; ++l) {
        const F x = from_bits<F>(a[l]), y = from_bits<F>(b[l]), z = from_bits<F>(c[l]);
        F result;
        if (r.carry_in >> l & 1) {
            const bool large = exponent_field(z) > FloatFormat<F>::bias;
            result = scaled_fma(x, y, z, large ? Division<F>::scale : -Division<F>::scale);
        } else {
            result = std::fma(x, y, z);
        }
        d[l] = bits_of(settled(result, x, y, z));
    }
}

struct DivFixup {
    template <class F>
    F operator()(F quotient, F denominator, F numerator) const {
        const auto sign = (bits_of(denominator) ^ bits_of(numerator)) & FloatFormat<F>::sign;
        const F infinity = from_bits<F>(FloatFormat<F>::infinity | sign), zero = from_bits<F>(sign);
        if (is_nan(numerator)) return quieted(numerator);
        if (is_nan(denominator)) return quieted(denominator);
        const bool both_zero = numerator == 0 && denominator == 0;
        const bool both_infinite = std::isinf(numerator) && std::isinf(denominator);
        if (both_zero || both_infinite) return from_bits<F>(bits_of(default_nan<F>()) | FloatFormat<F>::sign);
        if (denominator == 0 || std::isinf(numerator)) return infinity;
        if (numerator == 0 || std::isinf(denominator)) return zero;
        if (exponent_field(numerator) - exponent_field(denominator) < -Division<F>::no_quotient) return zero;
        // An iteration that left the range of numbers ends in infinity minus infinity: the quotient
        // overflows.
        if (is_nan(quotient)) return infinity;
        return from_bits<F>((bits_of(quotient) & ~FloatFormat<F>::sign) | sign);
    }
};

constexpr VectorOperation table[] = {
    rows("v_div_scale_f32", Kind::f32, Kind::f32, Kind::f32, Kind::f32, carry_out, div_scale<float>),
    rows("v_div_scale_f64", Kind::f64, Kind::f64, Kind::f64, Kind::f64, carry_out, div_scale<double>),
    rows("v_div_fmas_f32", Kind::f32, Kind::f32, Kind::f32, Kind::f32, carry_in, div_fmas<float>,
         InstructionClass::fma, 1),
    rows("v_div_fmas_f64", Kind::f64, Kind::f64, Kind::f64, Kind::f64, carry_in, div_fmas<double>,
         InstructionClass::fma, 1),
    map<DivFixup{}, F32, F32, F32, F32>("v_div_fixup_f32"),
    map<DivFixup{}, F64, F64, F64, F64>("v_div_fixup_f64"),
    map<DivFixup{}, F16, F16, F16, F16>("v_div_fixup_f16", keeps_high),
    map<DivFixup{}, F16, F16, F16, F16>("v_div_fixup_legacy_f16"),
};

}  // namespace

std::span<const VectorOperation> division_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
