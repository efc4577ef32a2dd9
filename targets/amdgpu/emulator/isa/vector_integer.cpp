// VOP1, VOP2, VOP3 on integers and bits of 32 and 64 bits.
#include <bit>

#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;
using u32 = std::uint32_t;
using i32 = std::int32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

constexpr i32 signed24(u32 x) { return static_cast<i32>(x << 8) >> 8; }
constexpr u32 unsigned24(u32 x) { return x & 0xffffffu; }
constexpr i32 saturated(i64 x) {
    return x > 0x7fffffff         ? 0x7fffffff
           : x < -i64{0x80000000} ? static_cast<i32>(-0x7fffffff - 1)
                                  : static_cast<i32>(x);
}
constexpr u32 reversed(u32 x) {
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    return __builtin_bswap32(x);
}
/// Leading bits that equal the sign, of which all are there for 0 and -1.
constexpr u32 sign_run(u32 a) {
    const u32 x = a >> 31 ? ~a : a;
    return x ? static_cast<u32>(std::countl_zero(x)) : ~0u;
}
/// c bits of a from bit b on, sign-extended.
constexpr u32 signed_field(u32 a, u32 b, u32 c) {
    const u32 width = c & 31, field = static_cast<u32>(static_cast<i32>(a) >> (b & 31));
    if (width == 0) return 0;
    return static_cast<u32>(static_cast<i32>(field << (32 - width)) >> (32 - width));
}
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
constexpr u32 byte_difference(u32 a, u32 b, u32 c) {
    for (int k = 0; k < 32; k += 8) {
        const u32 x = a >> k & 255, y = b >> k & 255;
        c += x > y ? x - y : y - x;
    }
    return c;
}
/// Selector bytes: 0-3 bytes of b, 4-7 bytes of a, 8-11 sign of a half, 12 zero, above 12 all ones.
constexpr u32 permuted(u32 a, u32 b, u32 selector) {
    const u64 data = static_cast<u64>(a) << 32 | b;
    u32 result = 0;
    for (int k = 0; k < 32; k += 8) {
        const u32 s = selector >> k & 255;
        u32 byte;
        if (s >= 13)
            byte = 255;
        else if (s == 12)
            byte = 0;
        else if (s >= 8)
            byte = data >> (16 * (s - 8) + 15) & 1 ? 255 : 0;
        else
            byte = data >> (8 * s) & 255;
        result |= byte << k;
    }
    return result;
}

constexpr VectorOperation table[] = {
    map<[](u32 a) { return a; }, B32, B32>("v_mov_b32"),
    map<[](u64 a) { return a; }, B64, B64>("v_mov_b64"),
    map<[](u32 a) { return ~a; }, B32, B32>("v_not_b32"),
    map<[](u32 a) { return reversed(a); }, B32, B32>("v_bfrev_b32"),
    map<[](u32 a) { return (a ? static_cast<u32>(std::countl_zero(a)) : ~0u); }, B32, B32>("v_ffbh_u32"),
    map<[](u32 a) { return (a ? static_cast<u32>(std::countr_zero(a)) : ~0u); }, B32, B32>("v_ffbl_b32"),
    map<sign_run, B32, B32>("v_ffbh_i32"),

    map<[](u32 a, u32 b) { return a & b; }, B32, B32, B32>("v_and_b32"),
    map<[](u32 a, u32 b) { return a | b; }, B32, B32, B32>("v_or_b32"),
    map<[](u32 a, u32 b) { return a ^ b; }, B32, B32, B32>("v_xor_b32"),
    map<[](u32 a, u32 b) { return ~(a ^ b); }, B32, B32, B32>("v_xnor_b32"),
    map<[](u32 a, u32 b, u32 c) { return (a & b) | c; }, B32, B32, B32, B32>("v_and_or_b32"),
    map<[](u32 a, u32 b, u32 c) { return a | b | c; }, B32, B32, B32, B32>("v_or3_b32"),
    map<[](u32 a, u32 b, u32 c) { return a ^ b ^ c; }, B32, B32, B32, B32>("v_xor3_b32"),
    map<[](u32 a, u32 b, u32 c) { return (a & b) | (~a & c); }, B32, B32, B32, B32>("v_bfi_b32"),
    map<[](u32 a, u32 b) { return ((1u << (a & 31)) - 1) << (b & 31); }, B32, B32, B32>("v_bfm_b32"),
    map<[](u32 a, u32 b, u32 c) { return (a >> (b & 31) & ((1u << (c & 31)) - 1)); }, B32, B32, B32, B32>(
        "v_bfe_u32"),
    map<signed_field, B32, B32, B32, B32>("v_bfe_i32"),
    map<[](u32 a, u32 b) { return (static_cast<u32>(std::popcount(a)) + b); }, B32, B32, B32>(
        "v_bcnt_u32_b32"),
    map<permuted, B32, B32, B32, B32>("v_perm_b32"),
    map<[](u32 a, u32 b, u32 c) { return (static_cast<u32>((static_cast<u64>(a) << 32 | b) >> (c & 31))); },
        B32, B32, B32, B32>("v_alignbit_b32"),
    map<[](u32 a, u32 b, u32 c) {
        return (static_cast<u32>((static_cast<u64>(a) << 32 | b) >> (8 * (c & 3))));
    },
        B32, B32, B32, B32>("v_alignbyte_b32"),

    map<[](u32 a, u32 b) { return b << (a & 31); }, B32, B32, B32>("v_lshlrev_b32"),
    map<[](u32 a, u32 b) { return (b >> (a & 31)); }, B32, B32, B32>("v_lshrrev_b32"),
    map<[](u32 a, i32 b) { return (b >> (a & 31)); }, I32, B32, I32>("v_ashrrev_i32"),
    map<[](u32 a, u64 b) { return b << (a & 63); }, B64, B32, B64>("v_lshlrev_b64"),
    map<[](u32 a, u64 b) { return (b >> (a & 63)); }, B64, B32, B64>("v_lshrrev_b64"),
    map<[](u32 a, i64 b) { return (b >> (a & 63)); }, I64, B32, I64>("v_ashrrev_i64"),
    map<[](u32 a, u32 b, u32 c) { return (a << (b & 31)) | c; }, B32, B32, B32, B32>("v_lshl_or_b32"),
    map<[](u32 a, u32 b, u32 c) { return (a << (b & 31)) + c; }, B32, B32, B32, B32>("v_lshl_add_u32"),
    map<[](u64 a, u32 b, u64 c) { return (a << (b & 7)) + c; }, B64, B64, B32, B64>("v_lshl_add_u64"),
    map<[](u32 a, u32 b, u32 c) { return (a + b) << (c & 31); }, B32, B32, B32, B32>("v_add_lshl_u32"),
    map<[](u32 a, u32 b, u32 c) { return a + b + c; }, B32, B32, B32, B32>("v_add3_u32"),
    map<[](u32 a, u32 b, u32 c) { return (a ^ b) + c; }, B32, B32, B32, B32>("v_xad_u32"),

    map<[](u32 a, u32 b) { return a + b; }, B32, B32, B32>("v_add_u32"),
    map<[](u32 a, u32 b) { return a - b; }, B32, B32, B32>("v_sub_u32"),
    map<[](u32 a, u32 b) { return b - a; }, B32, B32, B32>("v_subrev_u32"),
    map<[](u32 a, u32 b) { return a + b < a ? ~0u : a + b; }, B32, B32, B32>("v_add_u32 clamp"),
    map<[](u32 a, u32 b) { return a < b ? 0u : a - b; }, B32, B32, B32>("v_sub_u32 clamp"),
    map<[](u32 a, u32 b) { return b < a ? 0u : b - a; }, B32, B32, B32>("v_subrev_u32 clamp"),
    map<[](u32 a, u32 b) { return a + b; }, B32, B32, B32>("v_add_i32"),
    map<[](u32 a, u32 b) { return a - b; }, B32, B32, B32>("v_sub_i32"),
    map<[](i32 a, i32 b) { return saturated(i64{a} + b); }, I32, I32, I32>("v_add_i32 clamp"),
    map<[](i32 a, i32 b) { return saturated(i64{a} - b); }, I32, I32, I32>("v_sub_i32 clamp"),
    map<[](u64 a, u64 b) { return a + b; }, B64, B64, B64>("v_add_u64"),
    map<[](u64 a, u64 b) { return a - b; }, B64, B64, B64>("v_sub_u64"),

    map<[](u32 a, u32 b) { return a * b; }, B32, B32, B32>("v_mul_lo_u32"),
    map<[](u32 a, u32 b) { return (static_cast<u32>(u64{a} * b >> 32)); }, B32, B32, B32>("v_mul_hi_u32"),
    map<[](i32 a, i32 b) { return (static_cast<i32>(i64{a} * b >> 32)); }, I32, I32, I32>("v_mul_hi_i32"),
    map<[](u32 a, u32 b) { return unsigned24(a) * unsigned24(b); }, B32, B32, B32>("v_mul_u32_u24"),
    map<[](u32 a, u32 b) { return (static_cast<u32>(u64{unsigned24(a)} * unsigned24(b) >> 32)); }, B32, B32,
        B32>("v_mul_hi_u32_u24"),
    map<[](u32 a, u32 b) { return (static_cast<u32>(i64{signed24(a)} * signed24(b))); }, B32, B32, B32>(
        "v_mul_i32_i24"),
    map<[](u32 a, u32 b) { return (static_cast<u32>(i64{signed24(a)} * signed24(b) >> 32)); }, B32, B32, B32>(
        "v_mul_hi_i32_i24"),
    map<[](u32 a, u32 b, u32 c) { return unsigned24(a) * unsigned24(b) + c; }, B32, B32, B32, B32>(
        "v_mad_u32_u24"),
    map<[](u32 a, u32 b, u32 c) { return (static_cast<u32>(i64{signed24(a)} * signed24(b)) + c); }, B32, B32,
        B32, B32>("v_mad_i32_i24"),

    map<[](u32 a, u32 b) { return least(a, b); }, B32, B32, B32>("v_min_u32"),
    map<[](u32 a, u32 b) { return most(a, b); }, B32, B32, B32>("v_max_u32"),
    map<[](i32 a, i32 b) { return least(a, b); }, I32, I32, I32>("v_min_i32"),
    map<[](i32 a, i32 b) { return most(a, b); }, I32, I32, I32>("v_max_i32"),
    map<[](u32 a, u32 b, u32 c) { return least(least(a, b), c); }, B32, B32, B32, B32>("v_min3_u32"),
    map<[](u32 a, u32 b, u32 c) { return most(most(a, b), c); }, B32, B32, B32, B32>("v_max3_u32"),
    map<[](u32 a, u32 b, u32 c) { return middle(a, b, c); }, B32, B32, B32, B32>("v_med3_u32"),
    map<[](i32 a, i32 b, i32 c) { return least(least(a, b), c); }, I32, I32, I32, I32>("v_min3_i32"),
    map<[](i32 a, i32 b, i32 c) { return most(most(a, b), c); }, I32, I32, I32, I32>("v_max3_i32"),
    map<[](i32 a, i32 b, i32 c) { return middle(a, b, c); }, I32, I32, I32, I32>("v_med3_i32"),
    map<[](u32 a, u32 b, u32 c) { return least(most(a, b), c); }, B32, B32, B32, B32>("v_maxmin_u32"),
    map<[](u32 a, u32 b, u32 c) { return most(least(a, b), c); }, B32, B32, B32, B32>("v_minmax_u32"),
    map<[](i32 a, i32 b, i32 c) { return least(most(a, b), c); }, I32, I32, I32, I32>("v_maxmin_i32"),
    map<[](i32 a, i32 b, i32 c) { return most(least(a, b), c); }, I32, I32, I32, I32>("v_minmax_i32"),
    map<byte_difference, B32, B32, B32, B32>("v_sad_u8"),
    map<[](u32 a, u32 b, u32 c) { return c + most(a, b) - least(a, b); }, B32, B32, B32, B32>("v_sad_u32"),
};

}  // namespace

std::span<const VectorOperation> integer_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
