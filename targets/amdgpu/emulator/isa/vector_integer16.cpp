// VOP1, VOP2, VOP3 on 16-bit integers.
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;
using u32 = std::uint32_t;
using i32 = std::int32_t;

constexpr i32 saturated(i32 x) { return x > 32767 ? 32767 : x < -32768 ? -32768 : x; }
template <class T>
constexpr T least(T a, T b) {
    return a < b ? a : b;
}
template <class T>
constexpr T most(T a, T b) {
    return a > b ? a : b;
}
template <class T>
constexpr T middle(T a, T b, T c) {
    return most(least(a, b), least(most(a, b), c));
}
constexpr u32 saturated_byte(i32 x) { return x < 0 ? 0u : x > 255 ? 255u : static_cast<u32>(x); }

constexpr VectorOperation table[] = {
    map<[](u32 a) { return a; }, U16, U16>("v_mov_b16"),
    map<[](u32 a) { return ~a; }, U16, U16>("v_not_b16"),
    map<[](u32 a, u32 b) { return a & b; }, U16, U16, U16>("v_and_b16"),
    map<[](u32 a, u32 b) { return a | b; }, U16, U16, U16>("v_or_b16"),
    map<[](u32 a, u32 b) { return a ^ b; }, U16, U16, U16>("v_xor_b16"),
    map<[](u32 a, u32 b) { return a + b; }, U16, U16, U16>("v_add_u16"),
    map<[](u32 a, u32 b) { return a - b; }, U16, U16, U16>("v_sub_u16"),
    map<[](u32 a, u32 b) { return b - a; }, U16, U16, U16>("v_subrev_u16"),
    map<[](u32 a, u32 b) { return (a + b > 65535 ? 65535u : a + b); }, U16, U16, U16>("v_add_u16 clamp"),
    map<[](u32 a, u32 b) { return a < b ? 0u : a - b; }, U16, U16, U16>("v_sub_u16 clamp"),
    map<[](u32 a, u32 b) { return b < a ? 0u : b - a; }, U16, U16, U16>("v_subrev_u16 clamp"),
    map<[](u32 a, u32 b) { return a + b; }, U16, U16, U16>("v_add_i16", keeps_high),
    map<[](u32 a, u32 b) { return a - b; }, U16, U16, U16>("v_sub_i16", keeps_high),
    map<[](i32 a, i32 b) { return saturated(a + b); }, I16, I16, I16>("v_add_i16 clamp", keeps_high),
    map<[](i32 a, i32 b) { return saturated(a - b); }, I16, I16, I16>("v_sub_i16 clamp", keeps_high),
    map<[](u32 a, u32 b) { return a * b; }, U16, U16, U16>("v_mul_lo_u16"),
    map<[](u32 a, u32 b, u32 c) { return a * b + c; }, U16, U16, U16, U16>("v_mad_u16", keeps_high),
    map<[](u32 a, u32 b, u32 c) { return a * b + c; }, U16, U16, U16, U16>("v_mad_i16", keeps_high),
    // gfx9: as on the chips before it, the upper half of the destination becomes 0.
    map<[](u32 a, u32 b, u32 c) { return a * b + c; }, U16, U16, U16, U16>("v_mad_legacy_u16"),
    map<[](u32 a, u32 b, u32 c) { return a * b + c; }, U16, U16, U16, U16>("v_mad_legacy_i16"),
    map<[](u32 a, u32 b, u32 c) { return a * b + c; }, B32, U16, U16, B32>("v_mad_u32_u16"),
    map<[](i32 a, i32 b, u32 c) { return (static_cast<u32>(a * b) + c); }, B32, I16, I16, B32>(
        "v_mad_i32_i16"),
    map<[](u32 a, u32 b) { return b << (a & 15); }, U16, U16, U16>("v_lshlrev_b16"),
    map<[](u32 a, u32 b) { return (b >> (a & 15)); }, U16, U16, U16>("v_lshrrev_b16"),
    map<[](u32 a, i32 b) { return (b >> (a & 15)); }, I16, U16, I16>("v_ashrrev_i16"),
    map<[](u32 a, u32 b) { return least(a, b); }, U16, U16, U16>("v_min_u16"),
    map<[](u32 a, u32 b) { return most(a, b); }, U16, U16, U16>("v_max_u16"),
    map<[](i32 a, i32 b) { return least(a, b); }, I16, I16, I16>("v_min_i16"),
    map<[](i32 a, i32 b) { return most(a, b); }, I16, I16, I16>("v_max_i16"),
    map<[](u32 a, u32 b, u32 c) { return least(least(a, b), c); }, U16, U16, U16, U16>("v_min3_u16",
                                                                                       keeps_high),
    map<[](u32 a, u32 b, u32 c) { return most(most(a, b), c); }, U16, U16, U16, U16>("v_max3_u16",
                                                                                     keeps_high),
    map<[](u32 a, u32 b, u32 c) { return middle(a, b, c); }, U16, U16, U16, U16>("v_med3_u16", keeps_high),
    map<[](i32 a, i32 b, i32 c) { return least(least(a, b), c); }, I16, I16, I16, I16>("v_min3_i16",
                                                                                       keeps_high),
    map<[](i32 a, i32 b, i32 c) { return most(most(a, b), c); }, I16, I16, I16, I16>("v_max3_i16",
                                                                                     keeps_high),
    map<[](i32 a, i32 b, i32 c) { return middle(a, b, c); }, I16, I16, I16, I16>("v_med3_i16", keeps_high),
    map<[](u32 a, u32 b) { return a | b << 16; }, B32, RawHalf, RawHalf>("v_pack_b32_f16"),
    map<[](u32 a) {
        return saturated_byte(static_cast<std::int16_t>(a)) |
               saturated_byte(static_cast<std::int16_t>(a >> 16)) << 8;
    },
        U16, B32>("v_sat_pk_u8_i16"),
};

}  // namespace

std::span<const VectorOperation> integer16_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
