// Vector arithmetic as tables: an operation is a function of one lane's values, and a loop over lanes made
// from it for any number format. The loop exists twice, for any x86-64 and with AVX2 and FMA, chosen when a
// program is decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "targets/amdgpu/emulator/isa/counters.hpp"
#include "targets/amdgpu/emulator/isa/number.hpp"

namespace sporkle::amdgpu::emulator {

class Wave;

/// What a source or destination is, for fetching, modifiers and write-back.
enum class Kind : std::uint8_t {
    none,
    b32,
    f32,  // one register
    b64,
    f64,  // two registers, one 64-bit value
    b16,
    f16,  // the low half of a register
    p16,
    pf16,  // two halves of a register
    pf32,
    pb32,   // two registers, a 32-bit value each
    mixed,  // a source of v_fma_mix: one register, or a half of it widened
    mask,   // a scalar register pair: one bit a lane
};

/// Arrays of one value a lane: uint32_t, or uint64_t for b64, f64, pf32.
struct Rows {
    const void* source[3] = {};
    void* result = nullptr;
    std::uint64_t carry_in = 0;  ///< one bit a lane
    std::uint64_t mask_out = 0;
    int lanes = 0;
    bool approximate = true;
};
using RowFunction = void (*)(Rows&);

struct VectorOperation {
    const char* name;
    Kind result;
    Kind source[3];
    std::uint16_t flags;
    RowFunction run;
    RowFunction run_wide;  ///< needs AVX2, FMA and F16C
    InstructionClass kind;
    std::uint8_t multiply_adds;
};
namespace operation {
constexpr std::uint16_t accumulates = 1;  ///< the destination is the last source
constexpr std::uint16_t carry_in = 2;     ///< reads a mask: the last operand, or VCC
constexpr std::uint16_t carry_out = 4;    ///< writes a mask: the second destination, or VCC
constexpr std::uint16_t keeps_high = 32;  ///< on gfx9 too the upper half stays (newer 16-bit instructions)
constexpr std::uint16_t literal_third = 128;  ///< fmaak: the literal is the third source; fmamk: the second
constexpr std::uint16_t literal_second = 256;
constexpr std::uint16_t high_result = 1024;  ///< writes the upper half (fma_mixhi)
}  // namespace operation

// Number formats of a lane's value: how it is stored in a row, and what operations compute with.
template <class F, Kind k>
struct Float {
    using Store = BitsOf<F>;
    using Value = F;
    static constexpr Kind kind = k;
    static constexpr F get(Store x) { return from_bits<F>(x); }
    static constexpr Store put(F x) { return bits_of(x); }
};
using F32 = Float<float, Kind::f32>;
using F64 = Float<double, Kind::f64>;
using Mixed = Float<float, Kind::mixed>;
template <class S, class V, Kind k>
struct Integer {
    using Store = S;
    using Value = V;
    static constexpr Kind kind = k;
    static constexpr V get(S x) { return static_cast<V>(x); }
    static constexpr S put(V x) { return static_cast<S>(x); }
};
using B32 = Integer<std::uint32_t, std::uint32_t, Kind::b32>;
using I32 = Integer<std::uint32_t, std::int32_t, Kind::b32>;
using B64 = Integer<std::uint64_t, std::uint64_t, Kind::b64>;
using I64 = Integer<std::uint64_t, std::int64_t, Kind::b64>;
/// 64 bits as two f32 values or two words.
using PF32 = Integer<std::uint64_t, std::uint64_t, Kind::pf32>;
using PB32 = Integer<std::uint64_t, std::uint64_t, Kind::pb32>;
/// Both halves of a register, for operations that take them apart themselves.
using P16 = Integer<std::uint32_t, std::uint32_t, Kind::p16>;
using PF16 = Integer<std::uint32_t, std::uint32_t, Kind::pf16>;
struct U16 {
    using Store = std::uint32_t;
    using Value = std::uint32_t;
    static constexpr Kind kind = Kind::b16;
    static constexpr std::uint32_t get(std::uint32_t x) { return x & 0xffffu; }
    static constexpr std::uint32_t put(std::uint32_t x) { return x & 0xffffu; }
};
struct I16 {
    using Store = std::uint32_t;
    using Value = std::int32_t;
    static constexpr Kind kind = Kind::b16;
    static constexpr std::int32_t get(std::uint32_t x) { return static_cast<std::int16_t>(x); }
    static constexpr std::uint32_t put(std::int32_t x) { return static_cast<std::uint32_t>(x) & 0xffffu; }
};
/// A half that computes in float: +, -, × and ÷ of halves are rounded right by rounding the float result.
struct F16 {
    using Store = std::uint32_t;
    using Value = float;
    static constexpr Kind kind = Kind::f16;
    static constexpr float get(std::uint32_t x) { return half_to_float(x & 0xffffu); }
    static constexpr std::uint32_t put(float x) { return float_to_half(x); }
};
/// A half that computes in double, for fma: the sum is exact wherever rounding twice could matter.
struct F16Wide {
    using Store = std::uint32_t;
    using Value = double;
    static constexpr Kind kind = Kind::f16;
    static constexpr double get(std::uint32_t x) { return static_cast<double>(half_to_float(x & 0xffffu)); }
    static std::uint32_t put(double x) { return double_to_half(x); }
};
/// A half whose raw bits are wanted.
struct RawHalf {
    using Store = std::uint32_t;
    using Value = std::uint32_t;
    static constexpr Kind kind = Kind::f16;
    static constexpr std::uint32_t get(std::uint32_t x) { return x & 0xffffu; }
    static constexpr std::uint32_t put(std::uint32_t x) { return x & 0xffffu; }
};

namespace lanes_detail {

template <int n, auto f, class D, class... S, std::size_t... k>
[[gnu::always_inline]] inline void loop(Rows& r, std::index_sequence<k...>) {
    auto* const __restrict result = static_cast<typename D::Store*>(r.result);
    for (int l = 0; l < n; ++l)
        result[l] = D::put(f(S::get(static_cast<const typename S::Store*>(r.source[k])[l])...));
}
template <auto f, class D, class... S>
[[gnu::always_inline]] inline void both(Rows& r) {
    if (r.lanes == 64)
        loop<64, f, D, S...>(r, std::index_sequence_for<S...>());
    else
        loop<32, f, D, S...>(r, std::index_sequence_for<S...>());
}
template <auto f, class D, class... S>
[[gnu::flatten]] void run(Rows& r) {
    both<f, D, S...>(r);
}

/// One bit a lane; `holds` gets values and the lane's carry bit.
template <auto f, class... S, std::size_t... k>
[[gnu::always_inline]] inline void compare_loop(Rows& r, std::index_sequence<k...>) {
    alignas(64) std::uint8_t holds[64];
    for (int l = 0; l < r.lanes; ++l)
        holds[l] = f(S::get(static_cast<const typename S::Store*>(r.source[k])[l])...) ? 1 : 0;
    std::uint64_t mask = 0;
    for (int l = 0; l < r.lanes; l += 8) {
        std::uint64_t bytes;
        __builtin_memcpy(&bytes, holds + l, 8);
        // Eight bytes of 0 or 1 gathered into the topmost byte.
        mask |= (bytes * 0x0102040810204080u >> 56) << l;
    }
    r.mask_out = mask;
}
template <auto f, class... S>
[[gnu::flatten]] void compare(Rows& r) {
    compare_loop<f, S...>(r, std::index_sequence_for<S...>());
}

#if defined(__x86_64__)
#define SPORKLE_WIDE [[gnu::target("avx2,fma,f16c"), gnu::flatten]]
#else
#define SPORKLE_WIDE [[gnu::flatten]]
#endif
template <auto f, class D, class... S>
SPORKLE_WIDE void run_wide(Rows& r) {
    both<f, D, S...>(r);
}
template <auto f, class... S>
SPORKLE_WIDE void compare_wide(Rows& r) {
    compare_loop<f, S...>(r, std::index_sequence_for<S...>());
}

}  // namespace lanes_detail

template <class... S>
constexpr Kind source_kind(std::size_t n) {
    constexpr Kind kinds[] = {S::kind..., Kind::none, Kind::none, Kind::none};
    return kinds[n];
}

/// An operation whose lanes are independent: D is the result's format, S those of the sources.
template <auto f, class D, class... S>
constexpr VectorOperation map(const char* name, std::uint16_t flags = 0,
                              InstructionClass kind = InstructionClass::valu,
                              std::uint8_t multiply_adds = 0) {
    return {name,
            D::kind,
            {source_kind<S...>(0), source_kind<S...>(1), source_kind<S...>(2)},
            flags,
            lanes_detail::run<f, D, S...>,
            lanes_detail::run_wide<f, D, S...>,
            kind,
            multiply_adds};
}
template <auto f, class D, class... S>
constexpr VectorOperation multiply_add(const char* name, std::uint16_t flags = 0,
                                       std::uint8_t multiply_adds = 1) {
    return map<f, D, S...>(name, flags, InstructionClass::fma, multiply_adds);
}
/// A comparison: the result is a mask.
template <auto f, class... S>
constexpr VectorOperation compare(const char* name, std::uint16_t flags = 0) {
    return {name,
            Kind::mask,
            {source_kind<S...>(0), source_kind<S...>(1), source_kind<S...>(2)},
            flags,
            lanes_detail::compare<f, S...>,
            lanes_detail::compare_wide<f, S...>,
            InstructionClass::valu,
            0};
}
/// An operation on whole rows, for those that read or write masks.
constexpr VectorOperation rows(const char* name, Kind result, Kind a, Kind b, Kind c, std::uint16_t flags,
                               RowFunction function, InstructionClass kind = InstructionClass::valu,
                               std::uint8_t multiply_adds = 0) {
    return {name, result, {a, b, c}, flags, function, function, kind, multiply_adds};
}

// The tables.
std::span<const VectorOperation> float32_operations();
std::span<const VectorOperation> float64_operations();
std::span<const VectorOperation> float16_operations();
std::span<const VectorOperation> packed_operations();
std::span<const VectorOperation> mixed_operations();
std::span<const VectorOperation> integer_operations();
std::span<const VectorOperation> integer16_operations();
std::span<const VectorOperation> conversion_operations();
std::span<const VectorOperation> division_operations();
std::span<const VectorOperation> approximation_operations();
std::span<const VectorOperation> carry_operations();
std::span<const VectorOperation> dot_operations();

}  // namespace sporkle::amdgpu::emulator
