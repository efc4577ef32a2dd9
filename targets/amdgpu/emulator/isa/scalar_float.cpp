// Scalar floating point (gfx11.5 and gfx12): the same functions as the vector forms, under the same MODE.
#include "targets/amdgpu/emulator/isa/float_functions.hpp"
#include "targets/amdgpu/emulator/isa/scalar.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using u32 = std::uint32_t;

struct Single {
    static float get(const Scalars& s, std::uint64_t bits) {
        const float x = from_bits<float>(static_cast<u32>(bits));
        return s.wave->flushes_32() ? flushed(x) : x;
    }
    static u32 put(const Scalars& s, float x) { return bits_of(s.wave->flushes_32() ? flushed(x) : x); }
};
struct HalfNumber {
    static float get(const Scalars& s, std::uint64_t bits) {
        const u32 h = static_cast<u32>(bits) & 0xffffu;
        return half_to_float(s.wave->flushes_16_64() && !(h & 0x7c00u) ? h & 0x8000u : h);
    }
    static u32 put(const Scalars& s, float x) {
        const u32 h = float_to_half(x);
        return s.wave->flushes_16_64() && !(h & 0x7c00u) ? h & 0x8000u : h;
    }
};

template <class T, auto f>
void one(Scalars& s) {
    s.result = T::put(s, f(T::get(s, s.a)));
}
template <class T, auto f>
void two(Scalars& s) {
    s.result = T::put(s, f(T::get(s, s.a), T::get(s, s.b)));
}
/// a × b + the old destination.
void multiply_add(Scalars& s) {
    s.result = Single::put(s, Fma{}(Single::get(s, s.a), Single::get(s, s.b), Single::get(s, s.result)));
}
void multiply_add_half(Scalars& s) {
    const double r = Fma{}(double{HalfNumber::get(s, s.a)}, double{HalfNumber::get(s, s.b)},
                           double{HalfNumber::get(s, s.result)});
    const u32 h = double_to_half(r);
    s.result = s.wave->flushes_16_64() && !(h & 0x7c00u) ? h & 0x8000u : h;
}
template <class T, auto f>
void compare(Scalars& s) {
    s.scc = f(T::get(s, s.a), T::get(s, s.b));
}

constexpr auto lt = [](float a, float b) { return a < b; };
constexpr auto eq = [](float a, float b) { return a == b; };
constexpr auto le = [](float a, float b) { return a <= b; };
constexpr auto gt = [](float a, float b) { return a > b; };
constexpr auto lg = [](float a, float b) { return a < b || a > b; };
constexpr auto ge = [](float a, float b) { return a >= b; };
constexpr auto ordered = [](float a, float b) { return a == a && b == b; };
constexpr auto unordered = [](float a, float b) { return a != a || b != b; };
constexpr auto nge = [](float a, float b) { return !(a >= b); };
constexpr auto nlg = [](float a, float b) { return !(a < b || a > b); };
constexpr auto ngt = [](float a, float b) { return !(a > b); };
constexpr auto nle = [](float a, float b) { return !(a <= b); };
constexpr auto neq = [](float a, float b) { return !(a == b); };
constexpr auto nlt = [](float a, float b) { return !(a < b); };

constexpr ScalarOperation table[] = {
    {"s_add_f32", two<Single, Add{}>},
    {"s_sub_f32", two<Single, Subtract{}>},
    {"s_mul_f32", two<Single, Multiply{}>},
    {"s_min_f32", two<Single, Minimum2008{}>},
    {"s_max_f32", two<Single, Maximum2008{}>},
    {"s_min_num_f32", two<Single, MinimumNumber{}>},
    {"s_max_num_f32", two<Single, MaximumNumber{}>},
    {"s_minimum_f32", two<Single, Minimum{}>},
    {"s_maximum_f32", two<Single, Maximum{}>},
    {"s_fmac_f32", multiply_add},
    {"s_ceil_f32", one<Single, Ceil{}>},
    {"s_floor_f32", one<Single, Floor{}>},
    {"s_trunc_f32", one<Single, Trunc{}>},
    {"s_rndne_f32", one<Single, RoundEven{}>},
    {"s_add_f16", two<HalfNumber, Add{}>},
    {"s_sub_f16", two<HalfNumber, Subtract{}>},
    {"s_mul_f16", two<HalfNumber, Multiply{}>},
    {"s_min_num_f16", two<HalfNumber, MinimumNumber{}>},
    {"s_max_num_f16", two<HalfNumber, MaximumNumber{}>},
    {"s_minimum_f16", two<HalfNumber, Minimum{}>},
    {"s_maximum_f16", two<HalfNumber, Maximum{}>},
    {"s_fmac_f16", multiply_add_half},
    {"s_ceil_f16", one<HalfNumber, Ceil{}>},
    {"s_floor_f16", one<HalfNumber, Floor{}>},
    {"s_trunc_f16", one<HalfNumber, Trunc{}>},
    {"s_rndne_f16", one<HalfNumber, RoundEven{}>},

    {"s_cvt_f32_i32",
     [](Scalars& s) { s.result = bits_of(static_cast<float>(static_cast<std::int32_t>(s.a))); }},
    {"s_cvt_f32_u32", [](Scalars& s) { s.result = bits_of(static_cast<float>(static_cast<u32>(s.a))); }},
    {"s_cvt_i32_f32",
     [](Scalars& s) { s.result = static_cast<u32>(truncated_to<std::int32_t>(Single::get(s, s.a))); }},
    {"s_cvt_u32_f32", [](Scalars& s) { s.result = truncated_to<u32>(Single::get(s, s.a)); }},
    {"s_cvt_f16_f32", [](Scalars& s) { s.result = HalfNumber::put(s, Single::get(s, s.a)); }},
    {"s_cvt_f32_f16",
     [](Scalars& s) {
         const float x = HalfNumber::get(s, s.a);
         s.result = Single::put(s, settled(x, x));
     }},
    {"s_cvt_hi_f32_f16",
     [](Scalars& s) {
         const float x = HalfNumber::get(s, s.a >> 16);
         s.result = Single::put(s, settled(x, x));
     }},
    {"s_cvt_pk_rtz_f16_f32",
     [](Scalars& s) {
         s.result = float_to_half_toward_zero(Single::get(s, s.a)) |
                    float_to_half_toward_zero(Single::get(s, s.b)) << 16;
     }},

    {"s_cmp_lt_f32", compare<Single, lt>},
    {"s_cmp_eq_f32", compare<Single, eq>},
    {"s_cmp_le_f32", compare<Single, le>},
    {"s_cmp_gt_f32", compare<Single, gt>},
    {"s_cmp_lg_f32", compare<Single, lg>},
    {"s_cmp_ge_f32", compare<Single, ge>},
    {"s_cmp_o_f32", compare<Single, ordered>},
    {"s_cmp_u_f32", compare<Single, unordered>},
    {"s_cmp_nge_f32", compare<Single, nge>},
    {"s_cmp_nlg_f32", compare<Single, nlg>},
    {"s_cmp_ngt_f32", compare<Single, ngt>},
    {"s_cmp_nle_f32", compare<Single, nle>},
    {"s_cmp_neq_f32", compare<Single, neq>},
    {"s_cmp_nlt_f32", compare<Single, nlt>},
    {"s_cmp_lt_f16", compare<HalfNumber, lt>},
    {"s_cmp_eq_f16", compare<HalfNumber, eq>},
    {"s_cmp_le_f16", compare<HalfNumber, le>},
    {"s_cmp_gt_f16", compare<HalfNumber, gt>},
    {"s_cmp_lg_f16", compare<HalfNumber, lg>},
    {"s_cmp_ge_f16", compare<HalfNumber, ge>},
    {"s_cmp_o_f16", compare<HalfNumber, ordered>},
    {"s_cmp_u_f16", compare<HalfNumber, unordered>},
    {"s_cmp_nge_f16", compare<HalfNumber, nge>},
    {"s_cmp_nlg_f16", compare<HalfNumber, nlg>},
    {"s_cmp_ngt_f16", compare<HalfNumber, ngt>},
    {"s_cmp_nle_f16", compare<HalfNumber, nle>},
    {"s_cmp_neq_f16", compare<HalfNumber, neq>},
    {"s_cmp_nlt_f16", compare<HalfNumber, nlt>},
};

}  // namespace

std::span<const ScalarOperation> scalar_float_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
