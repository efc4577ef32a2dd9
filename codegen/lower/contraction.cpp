// Sums of products of two factors that each have a free index of their own: GEMM, its batched and transposed
// forms, convolutions. The structure is that of K. Goto and R. van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication" (2008), with the microkernel of F. Van Zee and R. van de Geijn, "BLIS" (2015):
//
//   task: a block of block_m × block_n outputs, for one value of all other free indices
//     for each block of block_k of the outermost reduction index
//       stage factor b as panels [tile of columns][k][tile_n], factor a as panels [tile of rows][k][tile_m]
//       for each tile of columns, for each tile of rows
//         tile_m × tile_n accumulators in registers, over the block's k in order
//
// A factor is any expression, evaluated while it is staged: a boundary rule, a cast or a window's affine
// subscripts cost once per panel element, and a convolution is an implicit GEMM. Where a factor is not staged
// the microkernel evaluates it in place.
//
// The reproducible order holds by construction: each output has one accumulator and takes its products in
// ascending order of the reduction indices; between blocks of k it rests, exact, in task scratch.
#include <algorithm>
#include <tuple>

#include "codegen/lower/contraction_panels.hpp"
#include "codegen/lower/register_tile.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;

class ContractionWriter final : public ContractionPanels {
  public:
    ContractionWriter(StageWriter& writer, const Stage& stage, const Schedule& schedule,
                      std::vector<Scratch>& scratch)
        : ContractionPanels(writer, stage, schedule, scratch), accumulator_(p.nodes[stage.reduce].dtype) {}

    void write(Formula grid[3]) {
        if (s_.unit_stride) assume_unit_strides(w, stage_, stage_.axis_n);
        if (s_.unit_rows)
            for (const int a : accesses_below(p, stage_.factor_a))
                if (const Access& access = p.accesses[a]; p.tensors[access.tensor].rank > 0)
                    w.assume_unit_stride(access.tensor, p.tensors[access.tensor].rank - 1);
        declare_panels();
        if (s_.block_k != 0) declare_partial();
        if (s_.pack_b) {
            w.prefer_extent_at_least(stage_.axis_m, 2 * s_.tile_m);
            w.prefer_extent_at_least(stage_.axis_n, s_.tile_n / 2);
        }

        const auto block = [&](int dim, int axis, std::int64_t size, Formula& extent) {
            extent = {{{1, {extent_product(w.block(), {axis}, size)}}}};
            if (s_.single_tile) {  // a grid of one, or of none where there is nothing to do
                w.assume_extent_at_most(axis, size);
                return std::pair{w.integer(0), w.extent(axis)};
            }
            const Value low = b.mul(b.grid_id(dim), w.integer(size));
            return std::pair{low, b.binary(TileOp::min, b.add(low, w.integer(size)), w.extent(axis))};
        };
        std::tie(n_low_, n_high_) = block(0, stage_.axis_n, s_.block_n, grid[0]);
        std::tie(m_low_, m_high_) = block(1, stage_.axis_m, s_.block_m, grid[1]);
        Point at;
        if (!outer_.empty()) {
            grid[2] = {{{1, {extent_product(w.block(), outer_)}}}};
            w.bind_flat(b.grid_id(2), outer_, at);
        }

        if (s_.block_k == 0) {
            write_block(at, w.integer(0), w.extent(reduced_[0]), {}, {});
            return;
        }
        // At least one block, so that an empty sum still reaches the epilogue.
        const Value total = w.extent(reduced_[0]);
        b.for_each(
            w.integer(0), b.binary(TileOp::max, total, w.integer(1)), w.integer(s_.block_k),
            [&](Value low) {
                const Value high = b.binary(TileOp::min, b.add(low, w.integer(s_.block_k)), total);
                const Value first = b.compare(TileOp::equal, low, w.integer(0));
                const Value last = b.compare(TileOp::equal, high, total);
                write_block(at, low, high, first, last);
            },
            1);
    }

  private:
    using Accumulators = std::vector<Value>;  ///< [row][vector]

    void declare_partial() {
        const auto round_up = [](std::int64_t x, std::int64_t unit) { return (x + unit - 1) / unit * unit; };
        const std::int64_t elements = round_up(s_.block_m, s_.tile_m) * round_up(s_.block_n, s_.tile_n);
        partial_ =
            add_task_buffer("partial", accumulator_, Formula::constant(elements * size_of(accumulator_)));
    }

    void write_block(const Point& at, Value k_low, Value k_high, Value first, Value last) {
        k_low_ = k_low, k_high_ = k_high, first_ = first, last_ = last;
        stage(at);
        for_tiles(n_low_, n_high_, s_.tile_n, [&](Value column, Value column_tile) {
            for_tiles(m_low_, m_high_, s_.tile_m, [&](Value row, Value row_tile) {
                if (s_.pack_b) {
                    const Accumulators sums = accumulate(at, row, row_tile, column, column_tile, false);
                    split_columns(column, [&](bool masked) {
                        finish(at, row, row_tile, column, column_tile, sums, masked);
                    });
                } else {
                    split_columns(column, [&](bool masked) {
                        const Accumulators sums = accumulate(at, row, row_tile, column, column_tile, masked);
                        finish(at, row, row_tile, column, column_tile, sums, masked);
                    });
                }
            });
        });
    }

    /// Element of the partial sums of a tile: [column tile][row tile][row][column].
    Value partial_element(Value row_tile, Value column_tile, int i, int j) {
        const std::int64_t tile = static_cast<std::int64_t>(s_.tile_m) * s_.tile_n;
        const std::int64_t rows = (s_.block_m + s_.tile_m - 1) / s_.tile_m;
        const Value number = b.add(b.mul(column_tile, w.integer(rows)), row_tile);
        return b.add(b.mul(number, w.integer(tile)), w.integer(i * s_.tile_n + j * lanes_));
    }

    Accumulators accumulate(const Point& at, Value row, Value row_tile, Value column, Value column_tile,
                            bool masked) {
        const tile::Type type{accumulator_, static_cast<std::uint16_t>(lanes_)};
        Accumulators sums;
        const auto zeros = [&] {
            return Accumulators(static_cast<std::size_t>(s_.tile_m * vectors_), b.constant_bits(type, 0));
        };
        if (first_) {
            sums = b.if_else(first_, zeros, [&] {
                Accumulators loaded;
                for (int i = 0; i < s_.tile_m; ++i)
                    for (int j = 0; j < vectors_; ++j)
                        loaded.push_back(
                            b.load(partial_, partial_element(row_tile, column_tile, i, j), lanes_));
                return loaded;
            });
        } else {
            sums = zeros();
        }
        const Value origin_a = s_.pack_a ? row_origin(at, row, row_tile) : Value{};
        const Value origin_b = s_.pack_b ? column_origin(column_tile) : Value{};
        const auto step = [&](const Point& point, Value number, std::span<const Value> state) {
            std::vector<Value> columns, rows;
            for (int j = 0; j < vectors_; ++j) {
                if (s_.pack_b) {
                    columns.push_back(load_columns(origin_b, number, j));
                } else {
                    auto memo = w.memo();
                    columns.push_back(w.splat(
                        w.evaluate(stage_.factor_b, column_point(point, column, j, masked), memo), lanes_));
                }
            }
            for (int i = 0; i < s_.tile_m; ++i) {
                if (s_.pack_a) {
                    rows.push_back(load_row(origin_a, number, i));
                } else {
                    auto memo = w.memo();
                    rows.push_back(w.evaluate(stage_.factor_a, row_point(point, row, i), memo));
                }
            }
            return outer_product(b, rows, columns, state);
        };
        if (s_.pack_a && s_.pack_b) {
            // Both factors lie in step order: one flat loop, whatever the number of reduction indices.
            return b.for_loop(
                w.integer(0), steps_of(b.sub(k_high_, k_low_)), w.integer(1), sums,
                [&](Value number, std::span<const Value> state) { return step(at, number, state); }, 4);
        }
        return over_block(at, sums, step);
    }

    void finish(const Point& at, Value row, Value row_tile, Value column, Value column_tile,
                const Accumulators& sums, bool masked) {
        const auto epilogue = [&] { write_epilogue(at, row, column, sums, masked); };
        if (!last_) {
            epilogue();
            return;
        }
        b.if_else(
            last_,
            [&] {
                epilogue();
                return std::vector<Value>{};
            },
            [&] {
                for (int i = 0; i < s_.tile_m; ++i)
                    for (int j = 0; j < vectors_; ++j)
                        b.store(partial_, sums[static_cast<std::size_t>(i * vectors_ + j)],
                                partial_element(row_tile, column_tile, i, j));
                return std::vector<Value>{};
            });
    }

    void write_epilogue(const Point& at, Value row, Value column, const Accumulators& sums, bool masked) {
        const Access& target = p.statements[stage_.statement].target;
        for (int i = 0; i < s_.tile_m; ++i) {
            const auto write_row = [&] {
                for (int j = 0; j < vectors_; ++j) {
                    write_sum(w, stage_, target, sums[static_cast<std::size_t>(i * vectors_ + j)],
                              column_point(row_point(at, row, i), column, j, masked));
                }
            };
            if (i == 0)
                write_row();
            else
                b.if_then(b.compare(TileOp::less, b.add(row, w.integer(i)), m_high_), write_row);
        }
    }

    DType accumulator_;
    int partial_ = -1;
    /// Whether the block of steps is the output's first and last; no values where it is both.
    Value first_, last_;
};

}  // namespace

void write_contraction_ahead(StageWriter& w, const Stage& stage, const Schedule& schedule,
                             std::vector<Scratch>& scratch, Formula grid[3]) {
    ContractionWriter(w, stage, schedule, scratch).write_ahead(grid);
}

void write_contraction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule,
                                std::vector<Scratch>& scratch, Formula grid[3]) {
    ContractionWriter(w, stage, schedule, scratch).write(grid);
}

}  // namespace sporkle::codegen
