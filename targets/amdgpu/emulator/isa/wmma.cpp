// WMMA (gfx11, gfx12, waves of 32 lanes): D = A × B + C, 16 × 16 with inner extent 16 or 32.
//
// Layouts, RDNA 3 and RDNA 4 manuals. gfx11: lane l holds row (A) or column (B) l mod 16 with all k; lanes 16
// to 31 must repeat lanes 0 to 15. Register r of C and D holds row 2 r + l / 16, column l mod 16; 16-bit
// results use one half of each register, which op_sel chooses. gfx12: lane l holds half of the k, from K / 2
// · (l / 16) on; register r of C and D holds row r + 8 (l / 16), 16-bit results two rows a register.
//
// Order of accumulation, ours: from C, k ascending, one fma in float a step; 16-bit results are rounded at
// the end. Integers wrap, or saturate with clamp.
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/matrix.hpp"
#include "targets/amdgpu/emulator/isa/number.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

struct Entry {
    std::string_view name;
    MatrixType result, source;
    int k;
};
constexpr Entry entries[] = {
    {"v_wmma_f32_16x16x16_f16", MatrixType::f32, MatrixType::f16, 16},
    {"v_wmma_f32_16x16x16_bf16", MatrixType::f32, MatrixType::bf16, 16},
    {"v_wmma_f16_16x16x16_f16", MatrixType::f16, MatrixType::f16, 16},
    {"v_wmma_bf16_16x16x16_bf16", MatrixType::bf16, MatrixType::bf16, 16},
    {"v_wmma_i32_16x16x16_iu8", MatrixType::f32, MatrixType::u8, 16},
    {"v_wmma_i32_16x16x16_iu4", MatrixType::f32, MatrixType::u4, 16},
    {"v_wmma_i32_16x16x32_iu4", MatrixType::f32, MatrixType::u4, 32},
};

constexpr int extent = 16;

/// Where row i, column j of C and D is.
struct Place {
    int lane, reg;
    bool high;
};
Place place_of(const Chip& chip, bool narrow, bool upper_halves, int i, int j) {
    if (chip.generation == Generation::gfx11) return {j + 16 * (i % 2), i / 2, upper_halves};
    const int row = i % 8, lane = j + 16 * (i / 8);
    return narrow ? Place{lane, row / 2, row % 2 == 1} : Place{lane, row, false};
}

/// A source's element k of row (or column) x.
struct Source {
    int lane, element;
};
Source source_of(const Chip& chip, int k_extent, int x, int k) {
    if (chip.generation == Generation::gfx11) return {x, k};
    return {x + 16 * (k / (k_extent / 2)), k % (k_extent / 2)};
}

void require_repeated(Wave& w, const Operand& operand) {
    for (int word = 0; word < operand.words; ++word) {
        const std::uint32_t* row = w.row(operand, word);
        if (!std::equal(row, row + 16, row + 16))
            throw WaveFault{Failure::illegal,
                            "a WMMA source whose lanes 16 to 31 do not repeat lanes 0 to 15"};
    }
}

MatrixType signed_type(MatrixType type, bool is_signed) {
    if (!is_signed) return type;
    return type == MatrixType::u8 ? MatrixType::s8 : MatrixType::s4;
}

float narrow_value(MatrixType type, std::uint32_t bits) {
    return type == MatrixType::f16 ? half_to_float(bits & 0xffffu) : bfloat_to_float(bits & 0xffffu);
}

void run_wmma(Wave& w, const Instruction& ins) {
    const Entry& entry = *static_cast<const Entry*>(ins.operation);
    const Operand &a = ins.use[0], &b = ins.use[1], &c = ins.use[2], &d = ins.def[0];
    if (w.exec() != w.all_lanes) throw WaveFault{Failure::illegal, "a WMMA with inactive lanes"};
    if (w.chip.generation == Generation::gfx11) require_repeated(w, a), require_repeated(w, b);
    const bool narrow = entry.result != MatrixType::f32, upper = ins.modifiers.op_sel >> 2 & 1;
    const MatrixType type_a = signed_type(entry.source, ins.modifiers.negate & 1),
                     type_b = signed_type(entry.source, ins.modifiers.negate >> 1 & 1);

    std::array<std::array<std::uint32_t, 32>, 8> result;
    for (int word = 0; word < d.words; ++word)
        for (int l = 0; l < 32; ++l)
            result[static_cast<std::size_t>(word)][static_cast<std::size_t>(l)] = w.row(d, word)[l];
    for (int i = 0; i < extent; ++i)
        for (int j = 0; j < extent; ++j) {
            const Place place = place_of(w.chip, narrow, upper, i, j);
            const std::uint32_t start = matrix_word(w, c, place.lane, place.reg) >> (place.high ? 16 : 0);
            std::uint32_t& cell =
                result[static_cast<std::size_t>(place.reg)][static_cast<std::size_t>(place.lane)];
            if (is_integer(entry.source)) {
                std::int64_t sum = static_cast<std::int32_t>(start);
                for (int k = 0; k < entry.k; ++k) {
                    const Source x = source_of(w.chip, entry.k, i, k), y = source_of(w.chip, entry.k, j, k);
                    sum += matrix_integer(w, a, type_a, x.lane, x.element) *
                           matrix_integer(w, b, type_b, y.lane, y.element);
                }
                if (ins.modifiers.clamp)
                    sum = std::clamp<std::int64_t>(sum, -std::int64_t{0x80000000}, 0x7fffffff);
                cell = static_cast<std::uint32_t>(sum);
                continue;
            }
            float sum = narrow ? narrow_value(entry.result, start) : from_bits<float>(start);
            for (int k = 0; k < entry.k; ++k) {
                const Source x = source_of(w.chip, entry.k, i, k), y = source_of(w.chip, entry.k, j, k);
                const auto p = static_cast<float>(matrix_float(w, a, entry.source, x.lane, x.element));
                const auto q = static_cast<float>(matrix_float(w, b, entry.source, y.lane, y.element));
                sum = settled(std::fma(p, q, sum), p, q, sum);
            }
            if (!narrow) {
                cell = bits_of(sum);
                continue;
            }
            const std::uint32_t half =
                entry.result == MatrixType::f16 ? float_to_half(sum) : float_to_bfloat(sum);
            cell = place.high ? (cell & 0xffffu) | half << 16 : (cell & 0xffff0000u) | half;
        }
    for (int word = 0; word < d.words; ++word)
        for (int l = 0; l < 32; ++l)
            w.row(d, word)[l] = result[static_cast<std::size_t>(word)][static_cast<std::size_t>(l)];
    w.counters->matrix_multiply_adds += static_cast<std::uint64_t>(extent * extent * entry.k);
    w.time += 16;
}

}  // namespace

bool bind_wmma(const Binding& binding, Instruction& i) {
    const auto* found = std::find_if(std::begin(entries), std::end(entries),
                                     [&](const Entry& entry) { return entry.name == binding.name; });
    if (found == std::end(entries) || i.defs != 1 || i.uses != 3) return false;
    const bool gfx11 = binding.chip.generation == Generation::gfx11,
               narrow = found->result != MatrixType::f32;
    // Waves of 64 lanes spread the matrices otherwise; signs of float sources are not what compilers emit.
    const int lane_words = (gfx11 ? found->k : found->k / 2) * matrix_bits(found->source) / 32;
    if (i.def[0].words != (gfx11 || !narrow ? 8 : 4) || i.use[0].words != lane_words) return false;
    if (!is_integer(found->source) && (i.modifiers.negate || i.modifiers.negate_high)) return false;
    i.operation = found;
    i.kind = InstructionClass::matrix;
    i.run = run_wmma;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
