// VOP3P: operations on the two halves of registers, and on pairs of f32.
#include "targets/amdgpu/emulator/isa/float_functions.hpp"
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

/// f on the low halves and on the high halves.
template <auto f, class T>
struct Halves {
    template <class... A>
    std::uint32_t operator()(A... x) const {
        return T::put(f(T::get(x & 0xffffu)...)) | T::put(f(T::get(x >> 16)...)) << 16;
    }
};
/// f on two 32-bit values of 64 bits.
template <auto f, class T>
struct Words {
    template <class... A>
    std::uint64_t operator()(A... x) const {
        const auto low = T::put(f(T::get(static_cast<std::uint32_t>(x))...));
        const auto high = T::put(f(T::get(static_cast<std::uint32_t>(x >> 32))...));
        return low | static_cast<std::uint64_t>(high) << 32;
    }
};

template <auto f>
constexpr VectorOperation integers(const char* name) {
    return map<Halves<f, U16>{}, P16, P16, P16>(name);
}
template <auto f>
constexpr VectorOperation signed_integers(const char* name) {
    return map<Halves<f, I16>{}, P16, P16, P16>(name);
}
template <auto f>
constexpr VectorOperation halves(const char* name) {
    return map<Halves<f, F16>{}, PF16, PF16, PF16>(name);
}
constexpr std::int32_t saturated(std::int32_t x) { return x > 32767 ? 32767 : x < -32768 ? -32768 : x; }

constexpr VectorOperation table[] = {
    halves<Add{}>("v_pk_add_f16"),
    halves<Multiply{}>("v_pk_mul_f16"),
    halves<Minimum2008{}>("v_pk_min_f16"),
    halves<Maximum2008{}>("v_pk_max_f16"),
    halves<MinimumNumber{}>("v_pk_min_num_f16"),
    halves<MaximumNumber{}>("v_pk_max_num_f16"),
    halves<Minimum{}>("v_pk_minimum_f16"),
    halves<Maximum{}>("v_pk_maximum_f16"),
    multiply_add<Halves<Fma{}, F16Wide>{}, PF16, PF16, PF16, PF16>("v_pk_fma_f16", 0, 2),
    multiply_add<Halves<Fma{}, F16Wide>{}, PF16, PF16, PF16, PF16>("v_pk_fmac_f16", accumulates, 2),

    integers<[](std::uint32_t a, std::uint32_t b) { return a + b; }>("v_pk_add_u16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return a - b; }>("v_pk_sub_u16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return (a + b > 65535 ? 65535 : a + b); }>(
        "v_pk_add_u16 clamp"),
    integers<[](std::uint32_t a, std::uint32_t b) { return a < b ? 0 : a - b; }>("v_pk_sub_u16 clamp"),
    integers<[](std::uint32_t a, std::uint32_t b) { return a + b; }>("v_pk_add_i16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return a - b; }>("v_pk_sub_i16"),
    signed_integers<[](std::int32_t a, std::int32_t b) { return saturated(a + b); }>("v_pk_add_i16 clamp"),
    signed_integers<[](std::int32_t a, std::int32_t b) { return saturated(a - b); }>("v_pk_sub_i16 clamp"),
    integers<[](std::uint32_t a, std::uint32_t b) { return a * b; }>("v_pk_mul_lo_u16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return b << (a & 15); }>("v_pk_lshlrev_b16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return (b >> (a & 15)); }>("v_pk_lshrrev_b16"),
    signed_integers<[](std::int32_t a, std::int32_t b) { return (b >> (a & 15)); }>("v_pk_ashrrev_i16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }>("v_pk_min_u16"),
    integers<[](std::uint32_t a, std::uint32_t b) { return (a > b ? a : b); }>("v_pk_max_u16"),
    signed_integers<[](std::int32_t a, std::int32_t b) { return a < b ? a : b; }>("v_pk_min_i16"),
    signed_integers<[](std::int32_t a, std::int32_t b) { return (a > b ? a : b); }>("v_pk_max_i16"),
    map<Halves<[](std::uint32_t a, std::uint32_t b, std::uint32_t c) { return a * b + c; }, U16>{}, P16, P16,
        P16, P16>("v_pk_mad_u16"),
    map<Halves<[](std::uint32_t a, std::uint32_t b, std::uint32_t c) { return a * b + c; }, U16>{}, P16, P16,
        P16, P16>("v_pk_mad_i16"),

    map<Words<Add{}, F32>{}, PF32, PF32, PF32>("v_pk_add_f32"),
    map<Words<Multiply{}, F32>{}, PF32, PF32, PF32>("v_pk_mul_f32"),
    multiply_add<Words<Fma{}, F32>{}, PF32, PF32, PF32, PF32>("v_pk_fma_f32", 0, 2),
    // The low result word from the first source, the high one from the second: op_sel picks the words.
    map<[](std::uint64_t a, std::uint64_t b) {
        return (a & 0xffffffffu) | (b & ~std::uint64_t{0xffffffffu});
    },
        PB32, PB32, PB32>("v_pk_mov_b32"),
};

}  // namespace

std::span<const VectorOperation> packed_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
