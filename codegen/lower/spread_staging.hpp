// What sums of products share where vectors are spread over the threads of a workgroup, whatever multiplies:
// the grid of blocks, and the way of both factors through shared memory.
//
//   task: a block of block_m rows × block_n columns, for one value of the indices that both factors have
//     for each block of block_k steps
//       all members stage the next block of both factors: from memory into registers …
//       each member: its tile of sums, over the present block's steps in order
//       … and from the registers into the other half of shared memory; one barrier
//
// Rows are all free indices of factor a that b lacks, walked as one, columns likewise, steps all reduction
// indices: a convolution is an implicit GEMM whose blocks are full whatever the size of an image. Each lane
// finds its own element; what does not change from block to block is computed once (the builder moves it out
// of the loop). Rows, columns and steps beyond the end are read as the last one; with Schedule::aligned there
// are none, by preconditions.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "codegen/lower/flush_guard.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

/// Bytes to which arrays in shared memory and their lines are aligned at least: what a thread moves at once.
inline constexpr int shared_alignment = 16;

/// Shared memory of one factor, mostly twice: [half][line][place], lines `pitch` elements apart.
struct Panel {
    int factor = -1;           ///< node
    int access = -1;           ///< staged as the tensor stores it; -1: the factor's value
    DType dtype = DType::f32;  ///< of the elements
    std::vector<int> outputs;  ///< indices that are walked as one
    std::int64_t block = 0;    ///< outputs
    std::int64_t pitch = 0;
    bool steps_first = false;   ///< consecutive lanes stage consecutive steps, else consecutive outputs
    bool output_lines = false;  ///< a line is an output and its places are steps, else the other way round
    int copies = 2;             ///< halves
    int lanes = 1;              ///< of a staging vector
    /// steps_first: consecutive outputs that a thread stages of each of its steps, so that they are
    /// neighbours in shared memory.
    int together = 1;
    int run = 1;  ///< lanes that are neighbours in the tensor's memory, whole blocks being counted through
    bool linear = false;      ///< steps are neighbours: the last reduction index counts them all
    bool contiguous = false;  ///< outputs are one index of stride 1, and the blocks are whole
    int buffer = -1;
    tile::Value low, total;  ///< first output of the block; number of all outputs
};

/// Whether a factor's memory is contiguous along steps rather than along outputs.
bool is_staged_along_steps(const Program& program, const Stage& stage, int factor);

class SpreadStaging {
  protected:
    using Values = std::vector<tile::Value>;

    SpreadStaging(StageWriter& writer, const Stage& stage, const Schedule& schedule);

    void describe(Panel& panel, int factor, std::int64_t block);
    /// Binds the task's block, declares the panels, and places the member's tile in the block.
    void begin(Formula grid[3]);
    /// Declares what Schedule::aligned relies on.
    void assume_whole_blocks(int lanes);

    /// The sums of all blocks: `accumulate` adds the steps of the half with the given parity to the sums.
    /// `padded`: steps beyond the end are staged as 0; else there are none.
    using Accumulate = std::function<Values(std::span<const tile::Value> sums, tile::Value parity)>;
    Values all_blocks(const Values& zeros, bool padded, const Accumulate& accumulate);

    /// The same, exactly, for any number of steps, where the factors of a step are loaded into registers and
    /// then multiplied: `load` gives those of a step of the half with the given parity, `multiply` adds their
    /// products to the sums. Where blocks are whole, a block's first factors are on their way behind the
    /// barrier while the last ones of the block ahead are multiplied. After the sums come the guard's values,
    /// where there is one.
    using Load = std::function<Values(tile::Value parity, tile::Value step)>;
    using Multiply =
        std::function<Values(std::span<const tile::Value> factors, std::span<const tile::Value> sums)>;
    Values all_blocks_by_steps(const Values& zeros, const Load& load, const Multiply& multiply);

    std::int64_t half_elements(const Panel& panel) const {
        return (panel.output_lines ? panel.block : s_.block_k) * panel.pitch;
    }
    tile::Value half_of(const Panel& panel, tile::Value parity) {
        return panel.copies == 1 ? w.integer(0) : b.mul(parity, w.integer(half_elements(panel)));
    }
    /// The same for few rows, which are bound by memory: shared memory holds one block (Panel::copies), and
    /// two more are on their way, in the registers of more members than there are tiles. Members without a
    /// tile of existing rows only stage.
    Values all_blocks_in_stream(const Values& zeros, const Load& load, const Multiply& multiply);
    bool is_stream() const { return s_.members > tiles(); }
    std::int64_t tiles() const { return s_.block_m / s_.tile_m * (s_.block_n / s_.tile_n); }
    /// Whether the member has a tile of existing rows: of a stream.
    tile::Value has_tile();

    /// Staging vectors of one member for one block.
    int shares(const Panel& panel) const;
    /// Where a staging vector stands in its block: step and output of each lane where they stand apart, else
    /// the step of all and the output of lane 0.
    struct Spot {
        tile::Value step, output;
    };
    Spot spot(const Panel& panel, int share);
    /// Puts what was read of a member's share of a block into a half of the panel that begins at `half`.
    void put(const Panel& panel, const Values& values, tile::Value half);
    /// An element's place in a half.
    tile::Value place(const Panel& panel, tile::Value step, tile::Value output);
    /// Quotient and remainder of a number that is not negative by a power of two.
    std::pair<tile::Value, tile::Value> split(tile::Value number, std::int64_t unit);
    /// Numbers beyond the end are taken as the last one, unless there are none.
    tile::Value clamped(tile::Value number, tile::Value total);

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    DType accumulator_ = DType::f32;
    std::optional<FlushGuard> guard_;  ///< looks at all that is staged
    std::vector<int> reduced_, outer_;
    Panel rows_, columns_;
    Point at_;  ///< stands at the outer indices
    tile::Value member_, row_in_block_, column_in_block_, steps_;

  private:
    /// Lanes stand at steps and outputs of their own.
    static bool stand_apart(const Panel& panel) {
        return panel.steps_first || panel.output_lines || panel.run > 1 || panel.block < panel.lanes;
    }
    /// Quotient and remainder by `unit` of share · count + own, where own < count and all are powers of two:
    /// what the share adds is a constant beside them.
    std::pair<tile::Value, tile::Value> split_share(int share, tile::Value own, std::int64_t count,
                                                    std::int64_t unit);
    void declare(Panel& panel, tile::Value number, const char* name);
    struct Staged {
        Values a, b;
    };
    Staged fetch(tile::Value low, bool padded);
    /// all_blocks_by_steps with Schedule::trailing: a block's last step is multiplied in the turn of the next
    /// one, whatever the driver's compiler makes of the order within a turn; so the products that cover the
    /// loads of the next block's first factors stay behind the barrier.
    Values trailing_blocks(const Values& zeros, const Load& load, const Multiply& multiply);
    Values steps_of(tile::Value first, tile::Value end, tile::Value parity, std::span<const tile::Value> sums,
                    const Load& load, const Multiply& multiply);
    /// The guard's values after these were staged.
    Values look_at(std::span<const tile::Value> so_far, const Staged& staged) const;
    Values fetch(const Panel& panel, tile::Value low, bool padded);
    void put(const Staged& staged, tile::Value parity);
};

}  // namespace sporkle::codegen
