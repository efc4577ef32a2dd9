// SOP1 and SOP2 on bits: logic, shifts, fields, counts, moves, and EXEC with them.
#include <bit>

#include "targets/amdgpu/emulator/isa/number.hpp"
#include "targets/amdgpu/emulator/isa/scalar.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

/// SCC says whether the result is not zero.
template <class T, auto f>
void logic(Scalars& s) {
    const T r = static_cast<T>(f(static_cast<T>(s.a), static_cast<T>(s.b)));
    s.result = static_cast<std::make_unsigned_t<T>>(r);
    s.scc = r != 0;
}
/// SCC stays.
template <class T, auto f>
void plain(Scalars& s) {
    s.result =
        static_cast<std::make_unsigned_t<T>>(static_cast<T>(f(static_cast<T>(s.a), static_cast<T>(s.b))));
}

constexpr auto bit_and = [](auto a, auto b) { return a & b; };
constexpr auto bit_or = [](auto a, auto b) { return a | b; };
constexpr auto bit_xor = [](auto a, auto b) { return a ^ b; };
constexpr auto and_not = [](auto a, auto b) { return a & ~b; };
constexpr auto or_not = [](auto a, auto b) { return a | ~b; };
constexpr auto nand = [](auto a, auto b) { return ~(a & b); };
constexpr auto nor = [](auto a, auto b) { return ~(a | b); };
constexpr auto xnor = [](auto a, auto b) { return ~(a ^ b); };
constexpr auto complement = [](auto a, auto) { return ~a; };
constexpr auto shift_left = [](auto a, auto b) { return a << (b & (sizeof a * 8 - 1)); };
constexpr auto shift_right = [](auto a, auto b) { return a >> (b & (sizeof a * 8 - 1)); };

/// Field of `a` from bit b[5:0], b[22:16] wide.
template <class T>
constexpr T field(T a, T b) {
    constexpr int width = sizeof(T) * 8;
    const int from = static_cast<int>(b & (width - 1)), size = static_cast<int>(b >> 16 & 0x7f);
    if (size == 0) return 0;
    const T shifted = a >> from;
    if (from + size >= width && !(std::is_signed_v<T> && size < width)) return shifted;
    const int unused = size >= width ? 0 : width - size;
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(shifted) << unused) >> unused;
}
template <class T>
constexpr T reversed(T x) {
    T r = 0;
    for (unsigned k = 0; k < sizeof(T) * 8; ++k) r |= (x >> k & 1) << (sizeof(T) * 8 - 1 - k);
    return r;
}
template <class T>
constexpr u32 sign_run(T x) {
    const auto u = static_cast<std::make_unsigned_t<T>>(x < 0 ? ~x : x);
    return u == 0 ? ~0u : static_cast<u32>(std::countl_zero(u));
}
/// Groups of four lanes of which one is set.
template <class T>
constexpr T whole_quads(T x) {
    T r = x | x >> 1;
    r = (r | r >> 2) & static_cast<T>(0x1111111111111111u);
    return r * 15;
}

/// EXEC becomes f(source, EXEC); the destination gets the old one; SCC says whether lanes are left.
template <class T, auto f>
void save_exec(Scalars& s) {
    Wave& w = *s.wave;
    const T before =
        sizeof(T) == 8 ? static_cast<T>(w.read64(slot::exec)) : static_cast<T>(w.scalar[slot::exec]);
    const T now = static_cast<T>(f(static_cast<T>(s.a), before));
    if (sizeof(T) == 8)
        w.write64(slot::exec, now);
    else
        w.scalar[slot::exec] = static_cast<u32>(now);
    s.result = before;
    s.scc = now != 0;
}
/// As save_exec, but the destination gets the new EXEC.
template <class T, auto f>
void write_exec(Scalars& s) {
    save_exec<T, f>(s);
    s.result = sizeof(T) == 8 ? s.wave->read64(slot::exec) : s.wave->scalar[slot::exec];
}
constexpr auto and_not_first = [](auto a, auto b) { return ~a & b; };
constexpr auto or_not_first = [](auto a, auto b) { return ~a | b; };

constexpr ScalarOperation table[] = {
    {"s_mov_b32", plain<u32, [](u32 a, u32) { return a; }>},
    {"s_mov_b64", plain<u64, [](u64 a, u64) { return a; }>},
    {"s_cmov_b32", [](Scalars& s) { s.result = s.scc ? s.a : s.result; }},
    {"s_cmov_b64", [](Scalars& s) { s.result = s.scc ? s.a : s.result; }},
    {"s_cselect_b32", [](Scalars& s) { s.result = s.scc ? s.a : s.b; }},
    {"s_cselect_b64", [](Scalars& s) { s.result = s.scc ? s.a : s.b; }},
    {"s_not_b32", logic<u32, complement>},
    {"s_not_b64", logic<u64, complement>},
    {"s_and_b32", logic<u32, bit_and>},
    {"s_and_b64", logic<u64, bit_and>},
    {"s_or_b32", logic<u32, bit_or>},
    {"s_or_b64", logic<u64, bit_or>},
    {"s_xor_b32", logic<u32, bit_xor>},
    {"s_xor_b64", logic<u64, bit_xor>},
    {"s_andn2_b32", logic<u32, and_not>},
    {"s_andn2_b64", logic<u64, and_not>},
    {"s_orn2_b32", logic<u32, or_not>},
    {"s_orn2_b64", logic<u64, or_not>},
    {"s_nand_b32", logic<u32, nand>},
    {"s_nand_b64", logic<u64, nand>},
    {"s_nor_b32", logic<u32, nor>},
    {"s_nor_b64", logic<u64, nor>},
    {"s_xnor_b32", logic<u32, xnor>},
    {"s_xnor_b64", logic<u64, xnor>},
    {"s_lshl_b32", logic<u32, shift_left>},
    {"s_lshl_b64", logic<u64, shift_left>},
    {"s_lshr_b32", logic<u32, shift_right>},
    {"s_lshr_b64", logic<u64, shift_right>},
    {"s_ashr_i32", logic<i32, shift_right>},
    {"s_ashr_i64", logic<i64, shift_right>},
    {"s_bfm_b32", plain<u32, [](u32 a, u32 b) { return ((u32{1} << (a & 31)) - 1) << (b & 31); }>},
    {"s_bfm_b64", plain<u64, [](u64 a, u64 b) { return ((u64{1} << (a & 63)) - 1) << (b & 63); }>},
    {"s_bfe_u32", logic<u32, field<u32>>},
    {"s_bfe_i32", logic<i32, field<i32>>},
    {"s_bfe_u64", logic<u64, field<u64>>},
    {"s_bfe_i64", logic<i64, field<i64>>},
    {"s_brev_b32", plain<u32, [](u32 a, u32) { return reversed(a); }>},
    {"s_brev_b64", plain<u64, [](u64 a, u64) { return reversed(a); }>},
    {"s_bcnt0_i32_b32", logic<u32, [](u32 a, u32) { return 32 - std::popcount(a); }>},
    {"s_bcnt0_i32_b64", logic<u64, [](u64 a, u64) { return 64 - std::popcount(a); }>},
    {"s_bcnt1_i32_b32", logic<u32, [](u32 a, u32) { return std::popcount(a); }>},
    {"s_bcnt1_i32_b64", logic<u64, [](u64 a, u64) { return std::popcount(a); }>},
    {"s_ff0_i32_b32", plain<u32, [](u32 a, u32) { return ~a ? std::countr_one(a) : -1; }>},
    {"s_ff1_i32_b32", plain<u32, [](u32 a, u32) { return a ? std::countr_zero(a) : -1; }>},
    {"s_ff0_i32_b64",
     plain<u64, [](u64 a, u64) { return (static_cast<u32>(~a ? std::countr_one(a) : -1)); }>},
    {"s_ff1_i32_b64",
     plain<u64, [](u64 a, u64) { return (static_cast<u32>(a ? std::countr_zero(a) : -1)); }>},
    {"s_flbit_i32_b32", plain<u32, [](u32 a, u32) { return a ? std::countl_zero(a) : -1; }>},
    {"s_flbit_i32_b64",
     plain<u64, [](u64 a, u64) { return (static_cast<u32>(a ? std::countl_zero(a) : -1)); }>},
    {"s_flbit_i32", plain<i32, [](i32 a, i32) { return (static_cast<i32>(sign_run(a))); }>},
    {"s_flbit_i32_i64", plain<i64, [](i64 a, i64) { return i64{sign_run(a)}; }>},
    {"s_sext_i32_i8", plain<i32, [](i32 a, i32) { return (static_cast<std::int8_t>(a)); }>},
    {"s_sext_i32_i16", plain<i32, [](i32 a, i32) { return (static_cast<std::int16_t>(a)); }>},
    {"s_bitset0_b32", [](Scalars& s) { s.result &= ~(u64{1} << (s.a & 31)); }},
    {"s_bitset1_b32", [](Scalars& s) { s.result |= u64{1} << (s.a & 31); }},
    {"s_bitset0_b64", [](Scalars& s) { s.result &= ~(u64{1} << (s.a & 63)); }},
    {"s_bitset1_b64", [](Scalars& s) { s.result |= u64{1} << (s.a & 63); }},
    {"s_wqm_b32", logic<u32, [](u32 a, u32) { return whole_quads(a); }>},
    {"s_wqm_b64", logic<u64, [](u64 a, u64) { return whole_quads(a); }>},
    {"s_pack_ll_b32_b16", plain<u32, [](u32 a, u32 b) { return (a & 0xffffu) | b << 16; }>},
    {"s_pack_lh_b32_b16", plain<u32, [](u32 a, u32 b) { return (a & 0xffffu) | (b & 0xffff0000u); }>},
    {"s_pack_hl_b32_b16", plain<u32, [](u32 a, u32 b) { return (a >> 16 | b << 16); }>},
    {"s_pack_hh_b32_b16", plain<u32, [](u32 a, u32 b) { return (a >> 16 | (b & 0xffff0000u)); }>},
    {"s_and_saveexec_b32", save_exec<u32, bit_and>},
    {"s_and_saveexec_b64", save_exec<u64, bit_and>},
    {"s_or_saveexec_b32", save_exec<u32, bit_or>},
    {"s_or_saveexec_b64", save_exec<u64, bit_or>},
    {"s_xor_saveexec_b32", save_exec<u32, bit_xor>},
    {"s_xor_saveexec_b64", save_exec<u64, bit_xor>},
    {"s_andn2_saveexec_b32", save_exec<u32, and_not>},
    {"s_andn2_saveexec_b64", save_exec<u64, and_not>},
    {"s_orn2_saveexec_b32", save_exec<u32, or_not>},
    {"s_orn2_saveexec_b64", save_exec<u64, or_not>},
    {"s_nand_saveexec_b32", save_exec<u32, nand>},
    {"s_nand_saveexec_b64", save_exec<u64, nand>},
    {"s_nor_saveexec_b32", save_exec<u32, nor>},
    {"s_nor_saveexec_b64", save_exec<u64, nor>},
    {"s_xnor_saveexec_b32", save_exec<u32, xnor>},
    {"s_xnor_saveexec_b64", save_exec<u64, xnor>},
    {"s_andn1_saveexec_b32", save_exec<u32, and_not_first>},
    {"s_andn1_saveexec_b64", save_exec<u64, and_not_first>},
    {"s_orn1_saveexec_b32", save_exec<u32, or_not_first>},
    {"s_orn1_saveexec_b64", save_exec<u64, or_not_first>},
    {"s_andn1_wrexec_b32", write_exec<u32, and_not_first>},
    {"s_andn1_wrexec_b64", write_exec<u64, and_not_first>},
    {"s_andn2_wrexec_b32", write_exec<u32, and_not>},
    {"s_andn2_wrexec_b64", write_exec<u64, and_not>},
};

}  // namespace

std::span<const ScalarOperation> scalar_bit_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
