// Sources of vector instructions.
#include <cstring>

#include "targets/amdgpu/emulator/isa/vector.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

template <class T>
void splat(T* row, T value, int lanes) {
    for (int l = 0; l < lanes; ++l) row[l] = value;
}

bool is_row(const Operand& operand) {
    return operand.unit == Unit::vector || operand.unit == Unit::accumulator;
}

std::uint32_t selected(std::uint32_t x, int selector, bool sign_extend) {
    switch (selector) {
        case 0:
        case 1:
        case 2:
        case 3: {
            const std::uint32_t byte = x >> (8 * selector) & 255;
            return sign_extend ? static_cast<std::uint32_t>(static_cast<std::int8_t>(byte)) : byte;
        }
        case 4:
        case 5: {
            const std::uint32_t word = x >> (16 * (selector - 4)) & 0xffffu;
            return sign_extend ? static_cast<std::uint32_t>(static_cast<std::int16_t>(word)) : word;
        }
        default:
            return x;
    }
}

/// The sign bit (or bits) that modifiers act on.
constexpr std::uint64_t sign_bits(Kind kind) {
    if (kind == Kind::f64 || kind == Kind::b64) return std::uint64_t{1} << 63;
    return is_16_bits(kind) ? 0x8000u : 0x80000000u;
}

const void* fetch_wide(Wave& w, const Instruction& i, int k, Kind kind, RowBuffer& buffer) {
    const Operand& operand = i.use[static_cast<std::size_t>(k)];
    std::uint64_t* out = buffer.doubles;
    if (is_row(operand)) {
        const std::uint32_t *low = w.row(operand, 0), *high = w.row(operand, 1);
        std::uint32_t moved[2][max_lanes];
        if (k == 0 && i.dpp.form != DataParallel::Form::none) {
            data_parallel_move(w, i, low, moved[0]);
            data_parallel_move(w, i, high, moved[1]);
            low = moved[0], high = moved[1];
        }
        for (int l = 0; l < w.lanes; ++l) out[l] = low[l] | static_cast<std::uint64_t>(high[l]) << 32;
    } else {
        splat(out, w.read(operand), w.lanes);
    }
    const bool negate = i.modifiers.negate >> k & 1, absolute = i.modifiers.absolute >> k & 1;
    if (kind == Kind::pf32 || kind == Kind::pb32) {
        const bool low_from_high = i.modifiers.op_sel >> k & 1;
        const bool high_from_high = kind == Kind::pb32 ? low_from_high : i.modifiers.op_sel_high >> k & 1;
        if (operand.unit == Unit::constant && high_from_high)
            throw WaveFault{Failure::unimplemented, "the upper word of a constant in a packed f32 operation"};
        const std::uint64_t flip =
            (negate ? 0x80000000u : 0u) | (i.modifiers.negate_high >> k & 1 ? std::uint64_t{1} << 63 : 0);
        for (int l = 0; l < w.lanes; ++l) {
            const std::uint64_t low = low_from_high ? out[l] >> 32 : out[l] & 0xffffffffu;
            const std::uint64_t high = high_from_high ? out[l] >> 32 : out[l] & 0xffffffffu;
            out[l] = (low | high << 32) ^ (kind == Kind::pf32 ? flip : 0);
        }
        if (kind == Kind::pf32 && w.flushes_32())
            for (int l = 0; l < w.lanes; ++l) {
                const float low = from_bits<float>(static_cast<std::uint32_t>(out[l]));
                const float high = from_bits<float>(static_cast<std::uint32_t>(out[l] >> 32));
                out[l] = bits_of(flushed(low)) | static_cast<std::uint64_t>(bits_of(flushed(high))) << 32;
            }
        return out;
    }
    if (negate || absolute) {
        const std::uint64_t clear = absolute ? ~sign_bits(kind) : ~std::uint64_t{0},
                            flip = negate ? sign_bits(kind) : 0;
        for (int l = 0; l < w.lanes; ++l) out[l] = (out[l] & clear) ^ flip;
    }
    if (kind == Kind::f64 && w.flushes_16_64())
        for (int l = 0; l < w.lanes; ++l) out[l] = bits_of(flushed(from_bits<double>(out[l])));
    return out;
}

/// Rearranges halves: op_sel picks the one that the low result works on, op_sel_high that of the high result.
void pick_halves(const Instruction& i, int k, std::uint32_t flip, int lanes, const std::uint32_t* from,
                 std::uint32_t* to) {
    const int low = i.modifiers.op_sel >> k & 1 ? 16 : 0, high = i.modifiers.op_sel_high >> k & 1 ? 16 : 0;
    for (int l = 0; l < lanes; ++l)
        to[l] = ((from[l] >> low & 0xffffu) | (from[l] >> high & 0xffffu) << 16) ^ flip;
}

void flush(Kind kind, const Wave& w, std::uint32_t* row) {
    const auto half = [](std::uint32_t h) { return h & 0x7c00u ? h : h & 0x8000u; };
    for (int l = 0; l < w.lanes; ++l) {
        if (kind == Kind::f32) row[l] = bits_of(flushed(from_bits<float>(row[l])));
        if (kind == Kind::f16) row[l] = half(row[l] & 0xffffu);
        if (kind == Kind::pf16) row[l] = half(row[l] & 0xffffu) | half(row[l] >> 16) << 16;
    }
}

/// v_fma_mix: a source is f32, or a half that is widened.
void fetch_mixed(const Wave& w, const Instruction& i, int k, const std::uint32_t* from, std::uint32_t* to) {
    const bool is_half = i.modifiers.op_sel_high >> k & 1, upper = i.modifiers.op_sel >> k & 1;
    const bool absolute = i.modifiers.negate_high >> k & 1, negate = i.modifiers.negate >> k & 1;
    const bool constant = i.use[static_cast<std::size_t>(k)].unit == Unit::constant;
    for (int l = 0; l < w.lanes; ++l) {
        std::uint32_t x = from[l];
        if (is_half && !(constant && x > 0xffffu)) {
            std::uint32_t half = upper ? x >> 16 : x & 0xffffu;
            if (w.flushes_16_64() && !(half & 0x7c00u)) half &= 0x8000u;
            x = bits_of(half_to_float(half));
        } else if (w.flushes_32()) {
            x = bits_of(flushed(from_bits<float>(x)));
        }
        if (absolute) x &= 0x7fffffffu;
        if (negate) x ^= 0x80000000u;
        to[l] = x;
    }
}

}  // namespace

const void* fetch_source(Wave& w, const Instruction& i, int k, Kind kind, RowBuffer& buffer) {
    if (is_64_bits(kind)) return fetch_wide(w, i, k, kind, buffer);
    const Operand& operand = i.use[static_cast<std::size_t>(k)];
    const bool negate = i.modifiers.negate >> k & 1, absolute = i.modifiers.absolute >> k & 1;
    const std::uint32_t* row;
    std::uint32_t* const out = buffer.words;
    if (is_row(operand)) {
        row = w.row(operand);
        if (k == 0 && i.dpp.form != DataParallel::Form::none) {
            data_parallel_move(w, i, row, out);
            row = out;
        }
    } else {
        splat(out, w.read32(operand), w.lanes);
        row = out;
    }
    if (kind == Kind::mixed) {
        fetch_mixed(w, i, k, row, out);
        return out;
    }
    if (i.sdwa.present && k < 2) {
        const int selector = i.sdwa.source[static_cast<std::size_t>(k)];
        const bool extend = i.sdwa.sign_extend >> k & 1;
        if (selector != 6) {
            for (int l = 0; l < w.lanes; ++l) out[l] = selected(row[l], selector, extend);
            row = out;
        }
    }
    if (kind == Kind::p16 || kind == Kind::pf16) {
        const std::uint32_t flip =
            kind == Kind::p16
                ? 0u
                : (negate ? 0x8000u : 0u) | (i.modifiers.negate_high >> k & 1 ? 0x80000000u : 0u);
        const bool straight = !(i.modifiers.op_sel >> k & 1) && i.modifiers.op_sel_high >> k & 1;
        if (!straight || flip) {
            pick_halves(i, k, flip, w.lanes, row, out);
            row = out;
        }
    } else {
        const bool upper = is_16_bits(kind) && (i.modifiers.op_sel >> k & 1 || operand.high_half);
        if (upper || negate || absolute) {
            const auto sign = static_cast<std::uint32_t>(sign_bits(kind));
            const std::uint32_t clear = absolute ? ~sign : ~0u, flip = negate ? sign : 0u;
            const int shift = upper ? 16 : 0;
            for (int l = 0; l < w.lanes; ++l) out[l] = ((row[l] >> shift) & clear) ^ flip;
            row = out;
        }
    }
    const bool flushes = (kind == Kind::f32 && w.flushes_32()) ||
                         ((kind == Kind::f16 || kind == Kind::pf16) && w.flushes_16_64());
    if (flushes) {
        if (row != out) std::memcpy(out, row, static_cast<std::size_t>(w.lanes) * 4);
        flush(kind, w, out);
        row = out;
    }
    return row;
}

}  // namespace sporkle::amdgpu::emulator
