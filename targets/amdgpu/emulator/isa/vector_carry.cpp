// Operations that read or write masks of lanes: carries, selection, wide products, lane counts.
#include "targets/amdgpu/emulator/isa/lanes.hpp"

#include <bit>

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

const u32* words(const void* source) { return static_cast<const u32*>(source); }

struct Sum {
    u32 value;
    bool carry;
};
template <Sum (*f)(u32, u32, u32), bool uses_carry>
void with_carry(Rows& r) {
    const u32 *a = words(r.source[0]), *b = words(r.source[1]);
    u32* d = static_cast<u32*>(r.result);
    u64 mask = 0;
    for (int l = 0; l < r.lanes; ++l) {
        const Sum sum = f(a[l], b[l], uses_carry ? r.carry_in >> l & 1 : 0);
        d[l] = sum.value;
        mask |= static_cast<u64>(sum.carry) << l;
    }
    r.mask_out = mask;
}
Sum add(u32 a, u32 b, u32 c) {
    const u64 sum = static_cast<u64>(a) + b + c;
    return {static_cast<u32>(sum), sum >> 32 != 0};
}
Sum subtract(u32 a, u32 b, u32 c) {
    const u64 difference = static_cast<u64>(a) - b - c;
    return {static_cast<u32>(difference), difference >> 63 != 0};
}
Sum subtract_reversed(u32 a, u32 b, u32 c) { return subtract(b, a, c); }

void select(Rows& r) {
    const u32 *a = words(r.source[0]), *b = words(r.source[1]);
    u32* d = static_cast<u32*>(r.result);
    const u64 mask = r.carry_in;
    for (int l = 0; l < r.lanes; ++l) {
        const u32 chosen = 0u - static_cast<u32>(mask >> l & 1);
        d[l] = (a[l] & ~chosen) | (b[l] & chosen);
    }
}

template <bool is_signed>
void multiply_add_64(Rows& r) {
    const u32 *a = words(r.source[0]), *b = words(r.source[1]);
    const auto* c = static_cast<const u64*>(r.source[2]);
    auto* d = static_cast<u64*>(r.result);
    u64 mask = 0;
    for (int l = 0; l < r.lanes; ++l) {
        bool carry;
        if constexpr (is_signed) {
            const auto product =
                static_cast<std::int64_t>(static_cast<std::int32_t>(a[l])) * static_cast<std::int32_t>(b[l]);
            std::int64_t sum;
            carry = __builtin_add_overflow(product, static_cast<std::int64_t>(c[l]), &sum);
            d[l] = static_cast<u64>(sum);
        } else {
            const u64 product = static_cast<u64>(a[l]) * b[l];
            d[l] = product + c[l];
            carry = d[l] < product;
        }
        mask |= static_cast<u64>(carry) << l;
    }
    r.mask_out = mask;
}

/// Bits of the first source (a mask of 32 lanes) that belong to lower lanes, counted, plus the second source.
template <int first_lane>
void count_below(Rows& r) {
    const u32 *a = words(r.source[0]), *b = words(r.source[1]);
    u32* d = static_cast<u32*>(r.result);
    for (int l = 0; l < r.lanes; ++l) {
        const int below = l - first_lane;
        const u32 lower = below <= 0 ? 0 : below >= 32 ? ~0u : (1u << below) - 1;
        d[l] = static_cast<u32>(std::popcount(a[l] & lower)) + b[l];
    }
}

constexpr VectorOperation carry(const char* name, RowFunction f, std::uint16_t flags) {
    return rows(name, Kind::b32, Kind::b32, Kind::b32, Kind::none,
                static_cast<std::uint16_t>(flags | carry_out), f);
}

constexpr VectorOperation table[] = {
    carry("v_add_co_u32", with_carry<add, false>, 0),
    carry("v_sub_co_u32", with_carry<subtract, false>, 0),
    carry("v_subrev_co_u32", with_carry<subtract_reversed, false>, 0),
    carry("v_addc_co_u32", with_carry<add, true>, carry_in),
    carry("v_subb_co_u32", with_carry<subtract, true>, carry_in),
    carry("v_subbrev_co_u32", with_carry<subtract_reversed, true>, carry_in),
    rows("v_cndmask_b32", Kind::b32, Kind::b32, Kind::b32, Kind::none, carry_in, select),
    rows("v_cndmask_b16", Kind::b16, Kind::b16, Kind::b16, Kind::none, carry_in, select),
    rows("v_mad_u64_u32", Kind::b64, Kind::b32, Kind::b32, Kind::b64, carry_out, multiply_add_64<false>),
    rows("v_mad_i64_i32", Kind::b64, Kind::b32, Kind::b32, Kind::b64, carry_out, multiply_add_64<true>),
    rows("v_mbcnt_lo_u32_b32", Kind::b32, Kind::b32, Kind::b32, Kind::none, 0, count_below<0>),
    rows("v_mbcnt_hi_u32_b32", Kind::b32, Kind::b32, Kind::b32, Kind::none, 0, count_below<32>),
};

}  // namespace

std::span<const VectorOperation> carry_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
