// Conversions between number formats: to nearest even unless said otherwise; to integers toward zero,
// saturating, NaN gives 0.
#include <algorithm>

#include "targets/amdgpu/emulator/isa/lanes.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using u32 = std::uint32_t;
using i32 = std::int32_t;

template <class I>
struct Truncate {
    template <class F>
    constexpr I operator()(F x) const {
        return truncated_to<I>(x);
    }
};
template <class F>
struct Widen {
    template <class X>
    constexpr F operator()(X x) const {
        return static_cast<F>(x);
    }
};
template <class F>
struct Resize {
    template <class X>
    constexpr F operator()(X x) const {
        return x == x ? static_cast<F>(x) : quieted(static_cast<F>(x));
    }
};
template <int shift>
struct ByteToFloat {
    constexpr float operator()(u32 x) const { return static_cast<float>(x >> shift & 255); }
};
/// To nearest even, for the normalised formats.
inline i32 nearest(float x, float low, float high) {
    if (x != x) return 0;
    return static_cast<i32>(std::nearbyint(std::clamp(x, low, high)));
}

constexpr VectorOperation table[] = {
    map<Widen<float>{}, F32, I32>("v_cvt_f32_i32"),
    map<Widen<float>{}, F32, B32>("v_cvt_f32_u32"),
    map<Truncate<i32>{}, I32, F32>("v_cvt_i32_f32"),
    map<Truncate<u32>{}, B32, F32>("v_cvt_u32_f32"),
    map<Widen<double>{}, F64, I32>("v_cvt_f64_i32"),
    map<Widen<double>{}, F64, B32>("v_cvt_f64_u32"),
    map<Truncate<i32>{}, I32, F64>("v_cvt_i32_f64"),
    map<Truncate<u32>{}, B32, F64>("v_cvt_u32_f64"),
    map<Resize<double>{}, F64, F32>("v_cvt_f64_f32"),
    map<Resize<float>{}, F32, F64>("v_cvt_f32_f64"),
    map<[](float x) { return x == x ? x : quieted(x); }, F32, F16>("v_cvt_f32_f16"),
    map<[](float x) { return x; }, F16, F32>("v_cvt_f16_f32"),
    map<Widen<float>{}, F16, U16>("v_cvt_f16_u16"),
    map<Widen<float>{}, F16, I16>("v_cvt_f16_i16"),
    map<[](float x) { return (u32{truncated_to<std::uint16_t>(x)}); }, U16, F16>("v_cvt_u16_f16"),
    map<[](float x) { return (i32{truncated_to<std::int16_t>(x)}); }, I16, F16>("v_cvt_i16_f16"),
    map<[](float x) { return (truncated_to<i32>(std::floor(x))); }, I32, F32>("v_cvt_flr_i32_f32"),
    map<[](float x) { return (truncated_to<i32>(std::floor(static_cast<double>(x) + 0.5))); }, I32, F32>(
        "v_cvt_rpi_i32_f32"),
    map<ByteToFloat<0>{}, F32, B32>("v_cvt_f32_ubyte0"),
    map<ByteToFloat<8>{}, F32, B32>("v_cvt_f32_ubyte1"),
    map<ByteToFloat<16>{}, F32, B32>("v_cvt_f32_ubyte2"),
    map<ByteToFloat<24>{}, F32, B32>("v_cvt_f32_ubyte3"),
    map<[](float a, float b) { return float_to_half_toward_zero(a) | float_to_half_toward_zero(b) << 16; },
        P16, F32, F32>("v_cvt_pkrtz_f16_f32"),
    map<[](float a, float b) { return float_to_bfloat(a) | float_to_bfloat(b) << 16; }, P16, F32, F32>(
        "v_cvt_pk_bf16_f32"),
    map<[](u32 a, u32 b) { return std::min(a, 65535u) | std::min(b, 65535u) << 16; }, P16, B32, B32>(
        "v_cvt_pk_u16_u32"),
    map<[](i32 a, i32 b) {
        const u32 low = static_cast<u32>(std::clamp(a, -32768, 32767)) & 0xffffu;
        return (low | static_cast<u32>(std::clamp(b, -32768, 32767)) << 16);
    },
        P16, I32, I32>("v_cvt_pk_i16_i32"),
    map<[](float x, u32 position, u32 rest) {
        const int shift = static_cast<int>(position & 3) * 8;
        const u32 byte = truncated_to<std::uint8_t>(static_cast<float>(nearest(x, 0.0f, 255.0f)));
        return (rest & ~(255u << shift)) | byte << shift;
    },
        B32, F32, B32, B32>("v_cvt_pk_u8_f32"),
    map<[](float a, float b) {
        const u32 low = static_cast<u32>(nearest(a * 65535.0f, 0.0f, 65535.0f));
        return (low | static_cast<u32>(nearest(b * 65535.0f, 0.0f, 65535.0f)) << 16);
    },
        P16, F32, F32>("v_cvt_pknorm_u16_f32"),
    map<[](float a, float b) {
        const u32 low = static_cast<u32>(nearest(a * 32767.0f, -32767.0f, 32767.0f)) & 0xffffu;
        return (low | static_cast<u32>(nearest(b * 32767.0f, -32767.0f, 32767.0f)) << 16);
    },
        P16, F32, F32>("v_cvt_pknorm_i16_f32"),
};

}  // namespace

std::span<const VectorOperation> conversion_operations() { return table; }

}  // namespace sporkle::amdgpu::emulator
