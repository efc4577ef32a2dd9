#include "targets/amdgpu/emit/matrix_unit.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsAMDGPU.h>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"

namespace sporkle::amdgpu {
namespace {

using codegen::MatrixShape;
using tile::Fragment;
namespace ids = llvm::Intrinsic;

constexpr int bytes_of_lane = 16;  ///< of a factor with MFMA, which one access of LDS reads

/// `extent` rows and columns; `steps` of one instruction. A lane holds the steps / groups elements that are
/// its group's, or as many times that as fill 16 bytes.
MatrixInstruction mfma(int extent, int steps, DType factor, DType accumulator, ids::ID intrinsic) {
    MatrixInstruction result;
    result.wave_size = 64;
    result.factor_groups = result.wave_size / extent;
    result.repeats = bytes_of_lane / size_of(factor) / (steps / result.factor_groups);
    result.shape = {extent, extent, steps * result.repeats, factor, accumulator};
    result.intrinsic = intrinsic;
    result.sum_run = accumulator == DType::f64 ? 1 : 4;
    return result;
}

/// Dot products of 4 bytes each, as many as fill 16 bytes of a factor. Lanes side by side have columns side
/// by side.
MatrixInstruction dot(int wave_size, DType factor) {
    MatrixInstruction result;
    constexpr int columns = 8, bytes_of_instruction = 4;
    result.family = MatrixFamily::dot;
    result.wave_size = wave_size;
    result.shape = {wave_size / columns, columns, bytes_of_lane, factor, DType::i32};
    result.repeats = bytes_of_lane / bytes_of_instruction;
    result.intrinsic = factor == DType::i8 ? ids::amdgcn_sdot4 : ids::amdgcn_udot4;
    return result;
}

std::vector<MatrixInstruction> mfma_of_gfx90a() {
    constexpr DType f16 = DType::f16, bf16 = DType::bf16, f32 = DType::f32, f64 = DType::f64, i8 = DType::i8,
                    i32 = DType::i32;
    std::vector<MatrixInstruction> all{mfma(32, 8, f16, f32, ids::amdgcn_mfma_f32_32x32x8f16),
                                       mfma(16, 16, f16, f32, ids::amdgcn_mfma_f32_16x16x16f16),
                                       mfma(32, 8, bf16, f32, ids::amdgcn_mfma_f32_32x32x8bf16_1k),
                                       mfma(16, 16, bf16, f32, ids::amdgcn_mfma_f32_16x16x16bf16_1k),
                                       mfma(32, 8, i8, i32, ids::amdgcn_mfma_i32_32x32x8i8),
                                       mfma(16, 16, i8, i32, ids::amdgcn_mfma_i32_16x16x16i8),
                                       mfma(32, 2, f32, f32, ids::amdgcn_mfma_f32_32x32x2f32),
                                       mfma(16, 4, f32, f32, ids::amdgcn_mfma_f32_16x16x4f32),
                                       mfma(16, 4, f64, f64, ids::amdgcn_mfma_f64_16x16x4f64)};
    // MIOpen's documentation, "MI200 MFMA behavior specifics".
    for (MatrixInstruction& one : all)
        one.flushes_subnormals = one.shape.factor == f16 || one.shape.factor == bf16;
    all.push_back(dot(64, DType::u8));
    return all;
}

/// Nothing is flushed, and bytes go twice as many at once.
std::vector<MatrixInstruction> mfma_of_gfx942() {
    std::vector<MatrixInstruction> all = mfma_of_gfx90a();
    for (MatrixInstruction& one : all) {
        one.flushes_subnormals = false;
        if (one.shape.factor != DType::i8) continue;
        one = one.shape.rows == 32 ? mfma(32, 16, DType::i8, DType::i32, ids::amdgcn_mfma_i32_32x32x16_i8)
                                   : mfma(16, 32, DType::i8, DType::i32, ids::amdgcn_mfma_i32_16x16x32_i8);
    }
    return all;
}

/// Of waves of 32 lanes, 16 × 16 × 16. gfx11: each half of the wave holds all of both factors, and rows of
/// the result go to the halves in turn. gfx12: half of the steps and half of the rows each.
std::vector<MatrixInstruction> wmma(int factor_groups, int sum_run) {
    std::vector<MatrixInstruction> all;
    const auto add = [&](DType factor, DType accumulator, ids::ID intrinsic) {
        MatrixInstruction& one = all.emplace_back();
        one.shape = {16, 16, 16, factor, accumulator};
        one.intrinsic = intrinsic;
        one.family = MatrixFamily::wmma;
        one.factor_groups = factor_groups;
        one.sum_run = sum_run;
        one.wave_size = 32;
    };
    add(DType::f16, DType::f32, ids::amdgcn_wmma_f32_16x16x16_f16);
    add(DType::bf16, DType::f32, ids::amdgcn_wmma_f32_16x16x16_bf16);
    add(DType::i8, DType::i32, ids::amdgcn_wmma_i32_16x16x16_iu8);
    add(DType::u8, DType::i32, ids::amdgcn_wmma_i32_16x16x16_iu8);
    return all;
}

bool has(const MatrixInstruction& i, tile::Type type) {
    const MatrixShape& s = i.shape;
    switch (type.fragment) {
        case Fragment::left:
            return type.rows == s.rows && type.columns == s.steps && type.scalar == s.factor;
        case Fragment::right:
            return type.rows == s.steps && type.columns == s.columns && type.scalar == s.factor;
        default:
            // Rounded to f16 its elements stay where they are.
            return type.rows == s.rows && type.columns == s.columns &&
                   (type.scalar == s.accumulator ||
                    (type.scalar == DType::f16 && s.accumulator == DType::f32));
    }
}

}  // namespace

FragmentLayout MatrixInstruction::layout(Fragment fragment) const {
    FragmentLayout result;
    if (fragment == Fragment::accumulator) {
        result.lines_are_rows = swaps_factors();
        result.lines = result.lines_are_rows ? shape.rows : shape.columns;
        result.groups = wave_size / result.lines;
        result.run = sum_run;
        result.elements = shape.rows * shape.columns / wave_size;
        return result;
    }
    result.lines_are_rows = fragment == Fragment::left;
    result.lines = result.lines_are_rows ? shape.rows : shape.columns;
    result.groups = factor_groups;
    result.run = result.elements = shape.steps / factor_groups;
    if (family == MatrixFamily::dot && fragment == Fragment::left) result.neighbours = shape.columns;
    return result;
}

std::span<const MatrixInstruction> matrix_instructions(Generation generation) {
    using Instructions = std::vector<MatrixInstruction>;
    static const Instructions gfx9{dot(64, DType::i8), dot(64, DType::u8)},
        gfx90a = mfma_of_gfx90a(), gfx942 = mfma_of_gfx942(), gfx10{dot(32, DType::i8), dot(32, DType::u8)},
        gfx11 = wmma(1, 1), gfx12 = wmma(2, 8);
    switch (generation) {
        case Generation::gfx9:
            return gfx9;
        case Generation::gfx10:
            return gfx10;
        case Generation::gfx90a:
            return gfx90a;
        case Generation::gfx942:
            return gfx942;
        case Generation::gfx11:
            return gfx11;
        case Generation::gfx12:
            return gfx12;
        default:
            return {};
    }
}

const MatrixInstruction* instruction_for(Generation generation, tile::Type left, tile::Type accumulator) {
    for (const MatrixInstruction& one : matrix_instructions(generation))
        if (has(one, left) && has(one, accumulator)) return &one;
    return nullptr;
}

bool flushes_subnormals(Generation generation, tile::Type fragment) {
    const auto all = matrix_instructions(generation);
    return fragment.fragment != Fragment::accumulator &&
           std::any_of(all.begin(), all.end(), [&](const MatrixInstruction& one) {
               return one.flushes_subnormals && has(one, fragment);
           });
}

FragmentLayout layout_of(Generation generation, tile::Type fragment) {
    for (const MatrixInstruction& one : matrix_instructions(generation))
        if (has(one, fragment)) return one.layout(fragment.fragment);
    throw Error(ErrorCode::unsupported,
                "amdgpu: the chip's matrix unit has no fragments " + tile::name_of(fragment));
}

}  // namespace sporkle::amdgpu
