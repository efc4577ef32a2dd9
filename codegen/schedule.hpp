// Schedule: how a kernel is lowered, as plain data that can be printed, hashed, pinned by name and compared.
#pragma once

#include <cstdint>
#include <string>

namespace sporkle::codegen {

/// Which lowering writes a stage.
enum class Lowering : std::uint8_t {
    map,          ///< elementwise over the free indices
    reduction,    ///< any reduction, vectorised over the reduction or over a free index
    contraction,  ///< sums of products with panels and a register-tiled microkernel
};

/// What decides where vector lanes lie in a map or reduction.
enum class Axis : std::uint8_t {
    free,       ///< along the innermost free index
    reduction,  ///< along the reduction
    scalar,     ///< one element at a time
};

struct Schedule {
    std::string name;  ///< unique among a kernel's schedules on one architecture; "gemm-8x48-packed"
    Lowering lowering = Lowering::map;
    bool fused = false;        ///< several statements: one dispatch, temporaries in task scratch
    bool linear = false;       ///< map: dense tensors walked as one dimension
    bool unit_stride = true;   ///< the vectorised subscripts have stride 1 (a precondition), else strided
    bool nontemporal = false;  ///< stores bypass the caches
    Axis axis = Axis::free;
    int vector_bits = 0;             ///< ≤ the machine's
    int unroll = 1;                  ///< vectors in flight
    std::int64_t task_elements = 0;  ///< map: outputs of one task
    // contraction: C tile m × n in registers; blocks in caches
    int tile_m = 0, tile_n = 0;  ///< rows, columns (columns are vectorised)
    std::int64_t block_m = 0, block_n = 0, block_k = 0;
    bool pack_a = false, pack_b = false;
    bool unit_rows = false;    ///< factor a read in place has stride 1 in its last dimension (a precondition)
    bool single_tile = false;  ///< all outputs of a task fit one register tile (a precondition)
    bool ahead_a = false;      ///< pack_a: by a dispatch of its own, once for all tasks
    bool split_reduction = false;  ///< reductions: blocks are tasks, a second dispatch combines them
    // machines whose vectors are spread over threads (simt/distribute.hpp)
    int threads = 0;        ///< of a member; 0: vectors are registers
    int members = 1;        ///< that run a task together
    int lanes = 0;          ///< of a vector; 0: as many as vector_bits hold
    bool flat = false;      ///< each lane stands at an output of its own, the free indices walked as one
    bool aligned = false;   ///< a thread's share of a vector is one aligned access (a precondition)
    bool trailing = false;  ///< contraction: a block's last step is multiplied in the next block's turn
    bool narrow = false;    ///< index arithmetic in 32 bits (a precondition)
    int matrix_m = 0, matrix_n = 0, matrix_k = 0;  ///< contraction: MatrixShape of the matrix unit; 0: none
    bool direct =
        false;  ///< matrix unit: a member's tile is one fragment, factors come straight from tensors
    bool rounds =
        false;  ///< matrix unit: accumulators of f32 are stored to f16 without passing through lanes
    bool along_steps =
        false;  ///< matrix unit: steps are neighbours in shared memory, however the factors are stored
    bool by_taps =
        false;  ///< matrix unit: all steps of a block have one tap of a window (lower/tap_staging.hpp)
    bool copied = false;  ///< by_taps: from copies of the factors, channels last (lower/channel_copy.hpp)
    bool folded = false;  ///< copied: few channels, so the last tap index is walked with them
    int group = 1;  ///< split_reduction: blocks of one task, a power of two; several members have one each
    std::int64_t shared_elements = 0;    ///< fused: rows of temporaries up to that long lie in shared memory
    std::int64_t register_elements = 0;  ///< fused: rows are up to that long, all of them lie in registers
    std::int64_t least_elements = 1;     ///< … shorter ones have better schedules
    int row_members = 1;                 ///< … of so many members of a task, which has several rows or one
    bool recompute = false;  ///< temporaries that cost no reduction are computed wherever they are read

    friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// "map linear vector=512 unroll=4 …": everything that differs from the defaults.
std::string to_text(const Schedule& schedule);

}  // namespace sporkle::codegen
