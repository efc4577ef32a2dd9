// Dot products of bytes, nibbles and halves with a 32-bit accumulator.
//
// Integer forms are exact. v_dot2_f32_f16: both products and the accumulator are summed and rounded once
// (the RDNA 3 manual's formula with an exact intermediate); v_dot2_f16_f16 and bf16 forms likewise round to
// their type.
#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;
using u32 = std::uint32_t;
using i64 = std::int64_t;

/// Field k of `width` bits.
constexpr i64 field(u32 x, int k, int width, bool is_signed) {
    const u32 shifted = x << (32 - width - k * width);
    return is_signed ? i64{static_cast<std::int32_t>(shifted) >> (32 - width)} : i64{shifted >> (32 - width)};
}
template <int width, bool a_signed, bool b_signed, bool clamp>
struct IntegerDot {
    constexpr u32 operator()(u32 a, u32 b, u32 c) const {
        const bool is_signed = a_signed || b_signed;
        i64 sum = is_signed ? i64{static_cast<std::int32_t>(c)} : i64{c};
        for (int k = 0; k < 32 / width; ++k)
            sum += field(a, k, width, a_signed) * field(b, k, width, b_signed);
        if (clamp) {
            const i64 low = is_signed ? -i64{0x80000000} : 0, high = is_signed ? 0x7fffffff : 0xffffffff;
            sum = sum < low ? low : sum > high ? high : sum;
        }
        return static_cast<u32>(sum);
    }
};
template <int width, bool a_signed, bool b_signed, bool clamp>
constexpr VectorOperation integers(const char* name, std::uint16_t flags = 0) {
    return multiply_add<IntegerDot<width, a_signed, b_signed, clamp>{}, B32, B32, B32, B32>(name, flags,
                                                                                            32 / width);
}

/// The products of two halves are exact in double; so is their sum with a float but for terms far apart,
/// where the error is below the last place of the double sum.
constexpr float dot_of(double a0, double b0, double a1, double b1, float c) {
    const double sum = (a0 * b0 + a1 * b1) + static_cast<double>(c);
    return sum == sum ? static_cast<float>(sum) : default_nan<float>();
}
struct HalfDot {
    float operator()(u32 a, u32 b, float c) const {
        return dot_of(half_to_float(a & 0xffffu), half_to_float(b & 0xffffu), half_to_float(a >> 16),
                      half_to_float(b >> 16), c);
    }
};
struct BfloatDot {
    float operator()(u32 a, u32 b, float c) const {
        return dot_of(bfloat_to_float(a & 0xffffu), bfloat_to_float(b & 0xffffu), bfloat_to_float(a >> 16),
                      bfloat_to_float(b >> 16), c);
    }
};

constexpr VectorOperation table[] = {
    integers<8, true, true, false>("v_dot4_i32_i8"),
    integers<8, true, true, true>("v_dot4_i32_i8 clamp"),
    integers<8, false, false, false>("v_dot4_u32_u8"),
    integers<8, false, false, true>("v_dot4_u32_u8 clamp"),
    integers<8, true, true, false>("v_dot4c_i32_i8", accumulates),
    integers<4, true, true, false>("v_dot8_i32_i4"),
    integers<4, true, true, true>("v_dot8_i32_i4 clamp"),
    integers<4, false, false, false>("v_dot8_u32_u4"),
    integers<4, false, false, true>("v_dot8_u32_u4 clamp"),
    integers<4, true, true, false>("v_dot8c_i32_i4", accumulates),
    integers<16, true, true, false>("v_dot2_i32_i16"),
    integers<16, true, true, true>("v_dot2_i32_i16 clamp"),
    integers<16, false, false, false>("v_dot2_u32_u16"),
    integers<16, false, false, true>("v_dot2_u32_u16 clamp"),
    integers<16, true, true, false>("v_dot2c_i32_i16", accumulates),
    // Signs of the first two sources are neg_lo bits: bound under these names.
    integers<8, false, true, false>("v_dot4_i32_iu8 us"),
    integers<8, true, false, false>("v_dot4_i32_iu8 su"),
    integers<8, true, true, false>("v_dot4_i32_iu8 ss"),
    integers<8, false, false, false>("v_dot4_i32_iu8 uu"),
    integers<8, false, true, true>("v_dot4_i32_iu8 us clamp"),
    integers<8, true, false, true>("v_dot4_i32_iu8 su clamp"),
    integers<8, true, true, true>("v_dot4_i32_iu8 ss clamp"),
    integers<4, false, true, false>("v_dot8_i32_iu4 us"),
    integers<4, true, false, false>("v_dot8_i32_iu4 su"),
    integers<4, true, true, false>("v_dot8_i32_iu4 ss"),
    integers<4, false, false, false>("v_dot8_i32_iu4 uu"),
    integers<4, true, true, true>("v_dot8_i32_iu4 ss clamp"),
    multiply_add<HalfDot{}, F32, PF16, PF16, F32>("v_dot2_f32_f16", 0, 2),
    multiply_add<HalfDot{}, F32, PF16, PF16, F32>("v_dot2c_f32_f16", accumulates, 2),
    multiply_add<BfloatDot{}, F32, PF16, PF16, F32>("v_dot2_f32_bf16", 0, 2),
    multiply_add<BfloatDot{}, F32, PF16, PF16, F32>("v_dot2c_f32_bf16", accumulates, 2),
};

}  // namespace

std::span<const VectorOperation> dot_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
