// SOP1, SOP2, SOPC and SOPK on integers.
#include "targets/amdgpu/emulator/isa/scalar.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

u32 low(u64 x) { return static_cast<u32>(x); }
i32 as_signed(u64 x) { return static_cast<i32>(x); }

/// SCC is the carry.
void add(Scalars& s, u32 carry) {
    const u64 sum = u64{low(s.a)} + low(s.b) + carry;
    s.result = low(sum);
    s.scc = sum >> 32 != 0;
}
void subtract(Scalars& s, u32 borrow) {
    const u64 difference = u64{low(s.a)} - low(s.b) - borrow;
    s.result = low(difference);
    s.scc = difference >> 63 != 0;
}
/// SCC is the signed overflow.
void add_signed(Scalars& s) {
    i32 r;
    s.scc = __builtin_add_overflow(as_signed(s.a), as_signed(s.b), &r);
    s.result = low(static_cast<u64>(r));
}
void subtract_signed(Scalars& s) {
    i32 r;
    s.scc = __builtin_sub_overflow(as_signed(s.a), as_signed(s.b), &r);
    s.result = low(static_cast<u64>(r));
}
template <int shift>
void shift_add(Scalars& s) {
    const u64 sum = (u64{low(s.a)} << shift) + low(s.b);
    s.result = low(sum);
    s.scc = sum >> 32 != 0;
}
/// SCC says whether the first source was taken.
template <class T, bool greater>
void choose(Scalars& s) {
    const T a = static_cast<T>(s.a), b = static_cast<T>(s.b);
    s.scc = greater ? a > b : a < b;
    s.result = s.scc ? low(s.a) : low(s.b);
}

template <class T, auto f>
void compare(Scalars& s) {
    s.scc = f(static_cast<T>(s.a), static_cast<T>(s.b));
}
constexpr auto eq = [](auto a, auto b) { return a == b; };
constexpr auto ne = [](auto a, auto b) { return a != b; };
constexpr auto gt = [](auto a, auto b) { return a > b; };
constexpr auto ge = [](auto a, auto b) { return a >= b; };
constexpr auto lt = [](auto a, auto b) { return a < b; };
constexpr auto le = [](auto a, auto b) { return a <= b; };

constexpr ScalarOperation integers[] = {
    {"s_add_u32", [](Scalars& s) { add(s, 0); }},
    {"s_addc_u32", [](Scalars& s) { add(s, s.scc); }},
    {"s_sub_u32", [](Scalars& s) { subtract(s, 0); }},
    {"s_subb_u32", [](Scalars& s) { subtract(s, s.scc); }},
    {"s_add_i32", add_signed},
    {"s_sub_i32", subtract_signed},
    {"s_addk_i32", add_signed},
    {"s_add_u64", [](Scalars& s) { s.result = s.a + s.b; }},
    {"s_sub_u64", [](Scalars& s) { s.result = s.a - s.b; }},
    {"s_mul_u64", [](Scalars& s) { s.result = s.a * s.b; }},
    {"s_mul_i32", [](Scalars& s) { s.result = low(s.a * s.b); }},
    {"s_mulk_i32", [](Scalars& s) { s.result = low(s.a * s.b); }},
    {"s_mul_hi_u32", [](Scalars& s) { s.result = u64{low(s.a)} * low(s.b) >> 32; }},
    {"s_mul_hi_i32",
     [](Scalars& s) { s.result = low(static_cast<u64>(i64{as_signed(s.a)} * as_signed(s.b)) >> 32); }},
    {"s_lshl1_add_u32", shift_add<1>},
    {"s_lshl2_add_u32", shift_add<2>},
    {"s_lshl3_add_u32", shift_add<3>},
    {"s_lshl4_add_u32", shift_add<4>},
    {"s_min_i32", choose<i32, false>},
    {"s_min_u32", choose<u32, false>},
    {"s_max_i32", choose<i32, true>},
    {"s_max_u32", choose<u32, true>},
    {"s_abs_i32",
     [](Scalars& s) {
         s.result = as_signed(s.a) < 0 ? low(0 - s.a) : s.a;
         s.scc = s.result != 0;
     }},
    {"s_absdiff_i32",
     [](Scalars& s) {
         const u32 d = low(s.a) - low(s.b);
         s.result = as_signed(d) < 0 ? 0u - d : d;
         s.scc = s.result != 0;
     }},
    {"s_movk_i32", [](Scalars& s) { s.result = low(s.b); }},
    {"s_cmovk_i32", [](Scalars& s) { s.result = s.scc ? low(s.b) : s.result; }},
};

constexpr ScalarOperation compares[] = {
    {"s_cmp_eq_i32", compare<i32, eq>},
    {"s_cmp_lg_i32", compare<i32, ne>},
    {"s_cmp_gt_i32", compare<i32, gt>},
    {"s_cmp_ge_i32", compare<i32, ge>},
    {"s_cmp_lt_i32", compare<i32, lt>},
    {"s_cmp_le_i32", compare<i32, le>},
    {"s_cmp_eq_u32", compare<u32, eq>},
    {"s_cmp_lg_u32", compare<u32, ne>},
    {"s_cmp_gt_u32", compare<u32, gt>},
    {"s_cmp_ge_u32", compare<u32, ge>},
    {"s_cmp_lt_u32", compare<u32, lt>},
    {"s_cmp_le_u32", compare<u32, le>},
    {"s_cmp_eq_u64", compare<u64, eq>},
    {"s_cmp_lg_u64", compare<u64, ne>},
    {"s_cmpk_eq_i32", compare<i32, eq>},
    {"s_cmpk_lg_i32", compare<i32, ne>},
    {"s_cmpk_gt_i32", compare<i32, gt>},
    {"s_cmpk_ge_i32", compare<i32, ge>},
    {"s_cmpk_lt_i32", compare<i32, lt>},
    {"s_cmpk_le_i32", compare<i32, le>},
    {"s_cmpk_eq_u32", compare<u32, eq>},
    {"s_cmpk_lg_u32", compare<u32, ne>},
    {"s_cmpk_gt_u32", compare<u32, gt>},
    {"s_cmpk_ge_u32", compare<u32, ge>},
    {"s_cmpk_lt_u32", compare<u32, lt>},
    {"s_cmpk_le_u32", compare<u32, le>},
    {"s_bitcmp0_b32", [](Scalars& s) { s.scc = !(s.a >> (s.b & 31) & 1); }},
    {"s_bitcmp1_b32", [](Scalars& s) { s.scc = s.a >> (s.b & 31) & 1; }},
    {"s_bitcmp0_b64", [](Scalars& s) { s.scc = !(s.a >> (s.b & 63) & 1); }},
    {"s_bitcmp1_b64", [](Scalars& s) { s.scc = s.a >> (s.b & 63) & 1; }},
};

}  // namespace

std::span<const ScalarOperation> scalar_integer_operations() { return integers; }
std::span<const ScalarOperation> scalar_compare_operations() { return compares; }

}  // namespace sporkle::amdgpu::emulator
