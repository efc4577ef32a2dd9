// Results of vector instructions.
#include <array>
#include <cstring>

#include "targets/amdgpu/emulator/isa/vector.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// Eight lanes' masks for each byte of a lane mask.
constexpr auto byte_masks = [] {
    std::array<std::array<std::uint32_t, 8>, 256> table{};
    for (std::size_t byte = 0; byte < 256; ++byte)
        for (std::size_t l = 0; l < 8; ++l) table[byte][l] = byte >> l & 1 ? 0xffffffffu : 0u;
    return table;
}();

/// Output scale, then clamp to [0, 1]. Clamping takes -0 to +0, and NaN to +0 where DX10_CLAMP says so.
template <class F>
F finished(F x, int output_scale, bool clamp, bool nan_to_zero) {
    if (output_scale == 1) x = x * 2;
    if (output_scale == 2) x = x * 4;
    if (output_scale == 3) x = x / 2;
    if (clamp) {
        if (x != x) return nan_to_zero ? F(0) : x;
        x = x > 0 ? (x < 1 ? x : F(1)) : F(0);
    }
    return x;
}

void finish_floats(const Wave& w, const Instruction& i, Kind kind, RowBuffer& values) {
    const int scale = i.modifiers.output_scale;
    const bool clamp = i.modifiers.clamp;
    const bool to_zero = w.chip.generation == Generation::gfx12 || w.mode & mode::dx10_clamp;
    const bool flush32 = w.flushes_32(), flush16 = w.flushes_16_64();
    const auto single = [&](std::uint32_t bits) {
        const float x = finished(from_bits<float>(bits), scale, clamp, to_zero);
        return bits_of(flush32 ? flushed(x) : x);
    };
    const auto half = [&](std::uint32_t bits) {
        const std::uint32_t x = float_to_half(finished(half_to_float(bits & 0xffffu), scale, clamp, to_zero));
        return flush16 && !(x & 0x7c00u) ? x & 0x8000u : x;
    };
    for (int l = 0; l < w.lanes; ++l) {
        std::uint32_t& word = values.words[l];
        std::uint64_t& pair = values.doubles[l];
        if (kind == Kind::f32) word = single(word);
        if (kind == Kind::f16) word = half(word);
        if (kind == Kind::pf16) word = half(word) | half(word >> 16) << 16;
        if (kind == Kind::pf32)
            pair = single(static_cast<std::uint32_t>(pair)) |
                   static_cast<std::uint64_t>(single(static_cast<std::uint32_t>(pair >> 32))) << 32;
        if (kind == Kind::f64) {
            const double x = finished(from_bits<double>(pair), scale, clamp, to_zero);
            pair = bits_of(flush16 ? flushed(x) : x);
        }
    }
}

/// Puts `value` where SDWA's destination selector says.
std::uint32_t placed(std::uint32_t value, std::uint32_t before, const SubDword& sdwa) {
    const int selector = sdwa.destination;
    if (selector == 6) return value;
    const int width = selector < 4 ? 8 : 16, shift = selector < 4 ? 8 * selector : 16 * (selector - 4);
    const std::uint32_t field = (width == 8 ? 0xffu : 0xffffu) << shift, bits = value << shift & field;
    if (sdwa.unused == 2) return (before & ~field) | bits;
    if (sdwa.unused == 0) return bits;
    const int above = 32 - shift - width;
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(bits << above) >> above);
}

}  // namespace

void write_row(std::uint32_t* row, const std::uint32_t* values, std::uint64_t mask, int lanes) {
    if (lanes == 64 && mask == ~std::uint64_t{0}) {
        std::memcpy(row, values, 256);
        return;
    }
    if (lanes == 32 && mask == 0xffffffffu) {
        std::memcpy(row, values, 128);
        return;
    }
    for (int base = 0; base < lanes; base += 8) {
        const std::uint32_t* m = byte_masks[mask >> base & 255].data();
        for (int l = 0; l < 8; ++l) row[base + l] = (row[base + l] & ~m[l]) | (values[base + l] & m[l]);
    }
}

void write_result(Wave& w, const Instruction& i, const Operand& target, Kind kind, std::uint16_t flags,
                  RowBuffer& values, std::uint64_t mask) {
    if (is_float(kind)) {
        const bool flushes = (w.mode & (mode::keep_subnormals_32 | mode::keep_subnormals_16_64)) !=
                             (mode::keep_subnormals_32 | mode::keep_subnormals_16_64);
        if (i.modifiers.clamp || i.modifiers.output_scale || flushes) finish_floats(w, i, kind, values);
    }
    std::uint32_t* row = w.row(target);
    if (is_64_bits(kind)) {
        std::uint32_t low[max_lanes], high[max_lanes];
        for (int l = 0; l < w.lanes; ++l) {
            low[l] = static_cast<std::uint32_t>(values.doubles[l]);
            high[l] = static_cast<std::uint32_t>(values.doubles[l] >> 32);
        }
        write_row(row, low, mask, w.lanes);
        write_row(w.row(target, 1), high, mask, w.lanes);
        return;
    }
    if (i.sdwa.present) {
        for (int l = 0; l < w.lanes; ++l) values.words[l] = placed(values.words[l], row[l], i.sdwa);
    } else if (is_16_bits(kind)) {
        const bool upper = target.high_half || flags & operation::high_result || i.modifiers.op_sel >> 3 & 1;
        const bool clears = w.chip.generation == Generation::gfx9 && !(flags & operation::keeps_high);
        for (int l = 0; l < w.lanes; ++l) {
            const std::uint32_t half = values.words[l] & 0xffffu;
            values.words[l] = upper    ? (row[l] & 0xffffu) | half << 16
                              : clears ? half
                                       : (row[l] & 0xffff0000u) | half;
        }
    }
    write_row(row, values.words, mask, w.lanes);
}

}  // namespace sporkle::amdgpu::emulator
