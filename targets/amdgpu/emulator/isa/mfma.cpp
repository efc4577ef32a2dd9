// MFMA (gfx90a, gfx942): D = A × B + C on blocks of M × N with inner extent K.
//
// Layouts, as AMD's matrix instruction calculator gives them. A lane holds `e` consecutive k of A and of B.
// With n_b blocks, A[i][k] of block b is in lane i + M (b + n_b (k / e)), element k mod e; B[k][j] likewise
// with j and N. Rows of a 32-bit D go by fours: with t = i / 4 + M / 4 · b and n_g = 64 / N lane groups,
// D[i][j] is in lane j + N (t mod n_g), register i mod 4 + 4 (t / n_g). A 64-bit D has its rows one by one.
//
// Order of accumulation, ours: from C, k ascending, one fma (f64: in double, else in float) a step; integers
// wrap. EXEC does not matter. gfx90a flushes subnormal factors, accumulators and results of products of f16
// and bf16 ("MI200 MFMA behavior specifics" in MIOpen's documentation).
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/matrix.hpp"
#include "targets/amdgpu/emulator/isa/number.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// Packed into Instruction::extra behind cbsz [3:0], abid [7:4], blgp [10:8].
struct Shape {
    int m = 0, n = 0, k = 0;
    MatrixType type = MatrixType::f32;
    int per_lane = 1, blocks = 1;
};
constexpr int shape_shift = 12;

std::uint32_t packed(const Shape& s) {
    return static_cast<std::uint32_t>(s.m == 32   ? 2
                                      : s.m == 16 ? 1
                                                  : 0) |
           static_cast<std::uint32_t>(s.k) << 2 | static_cast<std::uint32_t>(s.type) << 10;
}
Shape shape_of(const Instruction& i) {
    const std::uint32_t x = i.extra >> shape_shift;
    Shape s;
    s.m = s.n = (x & 3) == 2 ? 32 : (x & 3) == 1 ? 16 : 4;
    s.k = static_cast<int>(x >> 2 & 255);
    s.type = static_cast<MatrixType>(x >> 10);
    s.per_lane = i.use[0].words * 32 / matrix_bits(s.type);
    s.blocks = 64 * s.per_lane / (s.m * s.k);
    return s;
}

struct Place {
    int lane, reg;
};
Place result_place(const Shape& s, int block, int i, int j) {
    if (s.type == MatrixType::f64) {
        const int rows = 64 / (s.n * s.blocks);
        return {j + s.n * (block + s.blocks * (i % rows)), i / rows};
    }
    const int t = i / 4 + s.m / 4 * block, groups = 64 / s.n;
    return {j + s.n * (t % groups), i % 4 + 4 * (t / groups)};
}

/// Subnormals of a type as zeros of their sign.
double flushed(MatrixType type, double x) {
    const double least_normal = type == MatrixType::f16 ? 0x1p-14 : 0x1p-126;
    return std::abs(x) < least_normal ? std::copysign(0.0, x) : x;
}

void run_mfma(Wave& w, const Instruction& ins) {
    const Shape s = shape_of(ins);
    const int broadcast = static_cast<int>(ins.extra & 15), chosen = static_cast<int>(ins.extra >> 4 & 15);
    const Operand &a = ins.use[0], &b = ins.use[1], &c = ins.use[2], &d = ins.def[0];
    const int words = s.type == MatrixType::f64 ? 2 : 1;
    const bool flushes = w.chip.flushes_half_matrices && matrix_bits(s.type) == 16;
    const auto flushed_sum = [&](float x) {
        return flushes ? static_cast<float>(flushed(MatrixType::f32, x)) : x;
    };
    std::array<std::array<std::uint32_t, 64>, 32> result;
    for (int block = 0; block < s.blocks; ++block) {
        const int from = (block >> broadcast << broadcast) | (broadcast ? chosen : 0);
        for (int i = 0; i < s.m; ++i)
            for (int j = 0; j < s.n; ++j) {
                const Place place = result_place(s, block, i, j);
                const auto lane = static_cast<std::size_t>(place.lane);
                const auto reg = static_cast<std::size_t>(place.reg * words);
                const std::uint32_t start = matrix_word(w, c, place.lane, place.reg * words);
                const auto lane_of = [&](int row, int extent, int blk, int k) {
                    return row + extent * (blk + s.blocks * (k / s.per_lane));
                };
                if (is_integer(s.type)) {
                    std::uint32_t sum = start;
                    for (int k = 0; k < s.k; ++k)
                        sum += static_cast<std::uint32_t>(
                            matrix_integer(w, a, s.type, lane_of(i, s.m, from, k), k % s.per_lane) *
                            matrix_integer(w, b, s.type, lane_of(j, s.n, block, k), k % s.per_lane));
                    result[reg][lane] = sum;
                    continue;
                }
                const auto product = [&](int k, double& x, double& y) {
                    x = matrix_float(w, a, s.type, lane_of(i, s.m, from, k), k % s.per_lane);
                    y = matrix_float(w, b, s.type, lane_of(j, s.n, block, k), k % s.per_lane);
                    if (flushes) x = flushed(s.type, x), y = flushed(s.type, y);
                };
                double x, y;
                if (s.type == MatrixType::f64) {
                    const std::uint32_t high = matrix_word(w, c, place.lane, place.reg * 2 + 1);
                    double sum = from_bits<double>(start | static_cast<std::uint64_t>(high) << 32);
                    for (int k = 0; k < s.k; ++k)
                        product(k, x, y), sum = settled(std::fma(x, y, sum), x, y, sum);
                    result[reg][lane] = static_cast<std::uint32_t>(bits_of(sum));
                    result[reg + 1][lane] = static_cast<std::uint32_t>(bits_of(sum) >> 32);
                } else {
                    float sum = flushed_sum(from_bits<float>(start));
                    for (int k = 0; k < s.k; ++k) {
                        product(k, x, y);
                        const float p = static_cast<float>(x), q = static_cast<float>(y);
                        sum = settled(std::fma(p, q, sum), p, q, sum);
                    }
                    result[reg][lane] = bits_of(flushed_sum(sum));
                }
            }
    }
    for (int word = 0; word < d.words; ++word)
        for (std::size_t l = 0; l < 64; ++l) w.row(d, word)[l] = result[static_cast<std::size_t>(word)][l];
    const auto multiply_adds = static_cast<std::uint64_t>(s.m * s.n * s.k * s.blocks);
    w.counters->matrix_multiply_adds += multiply_adds;
    // 32 multiply-adds of 32 or 64 bits a cycle and SIMD, four times as many narrower ones.
    w.time += multiply_adds / (matrix_bits(s.type) >= 32 ? 32 : 128);
}

int take_number(std::string_view& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc() ? value : 0;
}

/// "f32_16x16x4f16", "f32_16x16x16bf16_1k", "f32_16x16x4_4b_f16", "i32_16x16x32_i8".
bool parse(std::string_view text, Shape& s) {
    text.remove_prefix(std::min(text.find('_'), text.size() - 1) + 1);
    s.m = take_number(text);
    if (!text.starts_with('x')) return false;
    text.remove_prefix(1);
    s.n = take_number(text);
    if (!text.starts_with('x')) return false;
    text.remove_prefix(1);
    s.k = take_number(text);
    if (text.ends_with("_1k")) text.remove_suffix(3);
    if (const std::size_t last = text.rfind('_'); last != text.npos) text.remove_prefix(last + 1);
    return s.m == s.n && (s.m == 4 || s.m == 16 || s.m == 32) && s.k > 0 && matrix_type(text, s.type);
}

}  // namespace

bool bind_mfma(const Binding& binding, Instruction& i) {
    constexpr std::string_view prefix = "v_mfma_";
    Shape shape;
    if (!binding.name.starts_with(prefix) || !parse(binding.name.substr(prefix.size()), shape)) return false;
    // Lane group permutations (blgp), which for f64 are signs.
    if (i.extra >> 8 & 7 || i.defs != 1 || i.uses != 3) return false;
    i.extra |= packed(shape) << shape_shift;
    const Shape whole = shape_of(i);
    if (whole.blocks < 1 ||
        whole.m * whole.n * whole.blocks * (whole.type == MatrixType::f64 ? 2 : 1) != i.def[0].words * 64)
        return false;
    i.kind = InstructionClass::matrix;
    i.run = run_mfma;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
