// The matrix units: which shapes an instruction multiplies, and which lane of a wave holds which element.
// Where a chip has none for a type, dot products of 4 bytes stand in: each lane has a sum, a row and a
// column.
//
// Sources: AMD's instruction set manuals "CDNA 2", "CDNA 3" (MFMA), "RDNA 3", "RDNA 4" (WMMA), AMD's matrix
// instruction calculator, LLVM's intrinsics.
#pragma once

#include <span>

#include "codegen/ir/tile.hpp"
#include "codegen/machine.hpp"
#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::amdgpu {

/// Lane l stands on line l / `neighbours` mod `lines`, in group l / lines mod `groups`. A line is a row or a
/// column; along it the groups take turns with `run` elements each, so that element e of a lane is at place
///     (group + e / run · groups) · run + e mod run.
/// With one group the lanes behind the last line repeat those before; only then do neighbours share a line.
struct FragmentLayout {
    int lines = 16, neighbours = 1, groups = 1, run = 1;
    int elements = 1;  ///< of a lane
    bool lines_are_rows = true;

    /// Place of element e in group 0; group g's is g · run further.
    int place(int e) const { return e / run * groups * run + e % run; }
};

enum class MatrixFamily { mfma, wmma, dot };

struct MatrixInstruction {
    /// What `repeats` of them multiply, one after the other into the same accumulators: each takes the next
    /// part of what a lane holds of the factors. Which steps those are does not matter, as long as it is the
    /// same for both factors.
    codegen::MatrixShape shape;
    int repeats = 1;
    unsigned intrinsic = 0;  ///< llvm::Intrinsic::ID
    MatrixFamily family = MatrixFamily::mfma;
    /// Subnormal factors are taken as 0.
    bool flushes_subnormals = false;
    int factor_groups = 1;  ///< FragmentLayout::groups of the factors
    int sum_run = 1;        ///< FragmentLayout::run of accumulators, whose groups are all lanes / lines
    int wave_size = 64;

    /// The instruction's own result has columns as lines. Multiplying the factors' transposes in the other
    /// order gives rows, whose runs lie side by side in memory.
    bool swaps_factors() const { return sum_run > 1; }
    FragmentLayout layout(tile::Fragment fragment) const;
};

/// Of a chip, best first; none where it has no matrix unit.
std::span<const MatrixInstruction> matrix_instructions(Generation generation);

/// The one that multiplies fragments of these types; null if there is none.
const MatrixInstruction* instruction_for(Generation generation, tile::Type left, tile::Type accumulator);

/// Whether a fragment is a factor whose subnormals the chip takes as 0.
bool flushes_subnormals(Generation generation, tile::Type fragment);

/// Layout of a fragment. Throws Error(unsupported) where the chip multiplies none of its type.
FragmentLayout layout_of(Generation generation, tile::Type fragment);

}  // namespace sporkle::amdgpu
