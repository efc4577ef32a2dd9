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

#include "codegen/lower/register_tile.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;

class ContractionWriter {
  public:
    ContractionWriter(StageWriter& writer, const Stage& stage, const Schedule& schedule,
                      std::vector<Scratch>& scratch)
        : w(writer),
          b(writer.builder()),
          p(writer.program()),
          stage_(stage),
          s_(schedule),
          scratch_(scratch),
          free_(free_indices(writer.program())) {
        lanes_ = std::min(lanes_of(p, stage, schedule), s_.tile_n);
        vectors_ = s_.tile_n / lanes_;
        accumulator_ = p.nodes[stage.reduce].dtype;
        for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
        for (const int i : remaining(stage_, 0, stage_.axis_n))
            if (i != stage_.axis_m) outer_.push_back(i);
    }

    /// Schedule::ahead_a, first dispatch: all panels of factor a, a tile of rows a task.
    void write_ahead(Formula grid[3]) {
        const DType type = p.nodes[stage_.factor_a].dtype;
        Formula bytes = {{{static_cast<std::int64_t>(s_.tile_m) * size_of(type),
                           {extent_product(w.block(), {stage_.axis_m}, s_.tile_m),
                            extent_product(w.block(), reduced_), extent_product(w.block(), outer_of_a())}}}};
        panel_a_ = add_buffer("panel_a", type, tile::Space::global,
                              next_scratch("panel_a", false, std::move(bytes)));
        grid[0] = {{{1, {extent_product(w.block(), {stage_.axis_m}, s_.tile_m)}}}};
        Point at;
        Value number = w.integer(0);
        if (!outer_of_a().empty()) {
            grid[1] = {{{1, {extent_product(w.block(), outer_of_a())}}}};
            number = b.grid_id(1);
            w.bind_flat(number, outer_of_a(), at);
        }
        m_low_ = w.integer(0), m_high_ = w.extent(stage_.axis_m);
        k_low_ = w.integer(0), k_high_ = w.extent(reduced_[0]);
        const Value row = b.mul(b.grid_id(0), w.integer(s_.tile_m));
        stage_rows(at, row, origin_ahead(number, row));
    }

    void write(Formula grid[3]) {
        if (s_.unit_stride) assume_unit_strides(w, stage_, stage_.axis_n);
        if (s_.unit_rows)
            for (const int a : accesses_below(p, stage_.factor_a))
                if (const Access& access = p.accesses[a]; p.tensors[access.tensor].rank > 0)
                    w.assume_unit_stride(access.tensor, p.tensors[access.tensor].rank - 1);
        declare_buffers();
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

    int add_buffer(const char* name, DType dtype, tile::Space space, int word) {
        tile::Buffer buffer;
        buffer.name = name;
        buffer.space = space;
        buffer.dtype = dtype;
        buffer.word = word;
        buffer.writable = true;
        return b.add_buffer(buffer);
    }

    /// Adds scratch to the variant and returns its parameter word.
    int next_scratch(const char* name, bool per_task, Formula bytes) {
        scratch_.push_back({name, per_task, std::move(bytes)});
        return w.block().scratch(static_cast<int>(scratch_.size()) - 1);
    }

    int add_task_buffer(const char* name, DType dtype, Formula bytes) {
        return add_buffer(name, dtype, tile::Space::task, next_scratch(name, true, std::move(bytes)));
    }

    /// The outer indices on which factor a depends: it has panels for each of their values.
    std::vector<int> outer_of_a() const {
        std::vector<int> result;
        for (const int i : outer_)
            if (contains(free_[static_cast<std::size_t>(stage_.factor_a)], i)) result.push_back(i);
        return result;
    }

    /// Row-major number of the point's values of outer_of_a().
    Value number_of_a(const Point& at) {
        Value number = w.integer(0);
        for (const int i : outer_of_a()) number = b.add(b.mul(number, w.extent(i)), at.base[i]);
        return number;
    }

    /// First element of the panel packed ahead for the tile that begins at `row`.
    Value origin_ahead(Value number, Value row) {
        const Value tile = w.integer(s_.tile_m);
        const Value tiles =
            b.binary(TileOp::div, b.add(w.extent(stage_.axis_m), w.integer(s_.tile_m - 1)), tile);
        const Value which = b.add(b.mul(number, tiles), b.binary(TileOp::div, row, tile));
        Value size = tile;
        for (const int i : reduced_) size = b.mul(size, w.extent(i));
        return b.mul(which, size);
    }

    /// Bytes of a panel buffer with `width` outputs: width · block_k · the extents of the inner reduction
    /// indices.
    Formula panel_bytes(std::int64_t width, int size) const {
        const std::vector<int> inner(reduced_.begin() + 1, reduced_.end());
        Formula::Term term{width * size * std::max<std::int64_t>(s_.block_k, 1), {}};
        if (s_.block_k == 0)
            term.factors.push_back(extent_product(w.block(), reduced_));
        else if (!inner.empty())
            term.factors.push_back(extent_product(w.block(), inner));
        return {{term}};
    }

    void declare_buffers() {
        const auto round_up = [](std::int64_t x, std::int64_t unit) { return (x + unit - 1) / unit * unit; };
        const DType type_a = p.nodes[stage_.factor_a].dtype, type_b = p.nodes[stage_.factor_b].dtype;
        const std::int64_t rows = round_up(s_.block_m, s_.tile_m), columns = round_up(s_.block_n, s_.tile_n);
        if (s_.ahead_a)  // the dispatch before this one has left them in the scratch added last
            panel_a_ = add_buffer("panel_a", type_a, tile::Space::global,
                                  w.block().scratch(static_cast<int>(scratch_.size()) - 1));
        else if (s_.pack_a)
            panel_a_ = add_task_buffer("panel_a", type_a, panel_bytes(rows, size_of(type_a)));
        if (s_.pack_b) panel_b_ = add_task_buffer("panel_b", type_b, panel_bytes(columns, size_of(type_b)));
        if (s_.block_k != 0)
            partial_ = add_task_buffer("partial", accumulator_,
                                       Formula::constant(rows * columns * size_of(accumulator_)));
    }

    /// Loops over the reduction indices in order, the outermost from low to high, carrying values. `body`
    /// gets the point, the flat number of the step and the carried values.
    using Step = std::function<std::vector<Value>(const Point&, Value, std::span<const Value>)>;
    std::vector<Value> reduction_loops(std::size_t depth, Point at, Value low, Value high, Value position,
                                       std::span<const Value> carried, const Step& body) {
        const int index = reduced_[depth];
        const bool innermost = depth + 1 == reduced_.size();
        const std::int64_t fixed = p.indices[index].extent;
        // Copies of a step multiply the addresses of factor a's rows; they stay few only where strides are
        // known.
        const int copies = s_.pack_a || s_.unit_rows ? 4 : 1;
        const int unroll = !innermost ? 1 : fixed > 0 && fixed <= 8 ? static_cast<int>(fixed) : copies;
        return b.for_loop(
            low, high, w.integer(1), carried,
            [&](Value k, std::span<const Value> state) {
                at.base[index] = k;
                const Value step = b.sub(k, depth == 0 ? low : w.integer(0));
                const Value here = b.add(position, step);
                if (innermost) return body(at, here, state);
                const Value inner = w.extent(reduced_[depth + 1]);
                return reduction_loops(depth + 1, at, w.integer(0), inner, b.mul(here, inner), state, body);
            },
            unroll);
    }

    std::vector<Value> over_block(const Point& at, std::span<const Value> carried, const Step& body) {
        return reduction_loops(0, at, k_low_, k_high_, w.integer(0), carried, body);
    }

    /// Elements of one tile's panel: width times the steps of a whole block of k.
    Value panel_size(int width) {
        Value size = w.integer(s_.block_k == 0 ? width : width * s_.block_k);
        for (std::size_t i = s_.block_k == 0 ? 0 : 1; i < reduced_.size(); ++i)
            size = b.mul(size, w.extent(reduced_[i]));
        return size;
    }

    Point column_point(Point at, Value column, int vector, bool masked) {
        at.base[stage_.axis_n] = b.add(column, w.integer(vector * lanes_));
        at.axis = lanes_ > 1 ? stage_.axis_n : -1;
        at.lanes = lanes_;
        if (masked) at.mask = w.tail_mask(at.base[stage_.axis_n], n_high_, lanes_);
        return at;
    }

    /// A point on a row; rows past the block's end are read as its last one, and never stored.
    Point row_point(Point at, Value row, int i) {
        const Value m = b.add(row, w.integer(i));
        at.base[stage_.axis_m] = i == 0 ? m : b.binary(TileOp::min, m, b.sub(m_high_, w.integer(1)));
        return at;
    }

    void for_tiles(Value low, Value high, int size, const std::function<void(Value, Value)>& body) {
        if (s_.single_tile) {
            body(low, w.integer(0));
            return;
        }
        b.for_each(
            low, high, w.integer(size),
            [&](Value at) { body(at, b.binary(TileOp::div, b.sub(at, low), w.integer(size))); }, 1);
    }

    void stage_b(const Point& at) {
        for_tiles(n_low_, n_high_, s_.tile_n, [&](Value column, Value tile) {
            const Value origin = b.mul(tile, panel_size(s_.tile_n));
            const auto copy = [&](bool masked) {
                over_block(at, {}, [&](const Point& point, Value step, std::span<const Value>) {
                    for (int j = 0; j < vectors_; ++j) {
                        const Point here = column_point(point, column, j, masked);
                        auto memo = w.memo();
                        const Value value = w.splat(w.evaluate(stage_.factor_b, here, memo), lanes_);
                        const Value element =
                            b.add(origin, b.add(b.mul(step, w.integer(s_.tile_n)), w.integer(j * lanes_)));
                        b.store(panel_b_, value, element, {}, false,
                                lanes_ * size_of(b.type_of(value).scalar));
                    }
                    return std::vector<Value>{};
                });
            };
            split_columns(column, copy);
        });
    }

    /// One tile of rows of factor a: [k][tile_m] from element `origin` of the panel on.
    void stage_rows(const Point& at, Value row, Value origin) {
        over_block(at, {}, [&](const Point& point, Value step, std::span<const Value>) {
            for (int i = 0; i < s_.tile_m; ++i) {
                auto memo = w.memo();
                const Value value = w.evaluate(stage_.factor_a, row_point(point, row, i), memo);
                b.store(panel_a_, value,
                        b.add(origin, b.add(b.mul(step, w.integer(s_.tile_m)), w.integer(i))));
            }
            return std::vector<Value>{};
        });
    }

    void stage_a(const Point& at) {
        for_tiles(m_low_, m_high_, s_.tile_m,
                  [&](Value row, Value tile) { stage_rows(at, row, b.mul(tile, panel_size(s_.tile_m))); });
    }

    /// Writes `body` for a whole tile of columns and, masked, for a tile that the block's end cuts.
    void split_columns(Value column, const std::function<void(bool masked)>& body) {
        if (lanes_ == 1 && s_.tile_n == 1) {
            body(false);
            return;
        }
        const Value whole = b.compare(TileOp::less_equal, b.add(column, w.integer(s_.tile_n)), n_high_);
        b.if_else(
            whole,
            [&] {
                body(false);
                return std::vector<Value>{};
            },
            [&] {
                body(true);
                return std::vector<Value>{};
            });
    }

    void write_block(const Point& at, Value k_low, Value k_high, Value first, Value last) {
        k_low_ = k_low, k_high_ = k_high, first_ = first, last_ = last;
        if (s_.pack_b) stage_b(at);
        if (s_.pack_a && !s_.ahead_a) stage_a(at);
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
        Value origin_a;
        if (s_.ahead_a) {
            Value skipped = b.mul(k_low_, w.integer(s_.tile_m));
            for (std::size_t i = 1; i < reduced_.size(); ++i) skipped = b.mul(skipped, w.extent(reduced_[i]));
            origin_a = b.add(origin_ahead(number_of_a(at), row), skipped);
        } else if (s_.pack_a) {
            origin_a = b.mul(row_tile, panel_size(s_.tile_m));
        }
        const Value origin_b = s_.pack_b ? b.mul(column_tile, panel_size(s_.tile_n)) : Value{};
        const auto step = [&](const Point& point, Value number, std::span<const Value> state) {
            std::vector<Value> columns, rows;
            for (int j = 0; j < vectors_; ++j) {
                if (s_.pack_b) {
                    const Value element =
                        b.add(origin_b, b.add(b.mul(number, w.integer(s_.tile_n)), w.integer(j * lanes_)));
                    columns.push_back(b.load(panel_b_, element, lanes_, {}, lanes_ * size_of(accumulator_)));
                } else {
                    auto memo = w.memo();
                    columns.push_back(w.splat(
                        w.evaluate(stage_.factor_b, column_point(point, column, j, masked), memo), lanes_));
                }
            }
            for (int i = 0; i < s_.tile_m; ++i) {
                if (s_.pack_a) {
                    rows.push_back(
                        b.load(panel_a_,
                               b.add(origin_a, b.add(b.mul(number, w.integer(s_.tile_m)), w.integer(i))), 1));
                } else {
                    auto memo = w.memo();
                    rows.push_back(w.evaluate(stage_.factor_a, row_point(point, row, i), memo));
                }
            }
            return outer_product(b, rows, columns, state);
        };
        if (s_.pack_a && s_.pack_b) {
            // Both factors lie in step order: one flat loop, whatever the number of reduction indices.
            Value steps = b.sub(k_high_, k_low_);
            for (std::size_t i = 1; i < reduced_.size(); ++i) steps = b.mul(steps, w.extent(reduced_[i]));
            return b.for_loop(
                w.integer(0), steps, w.integer(1), sums,
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

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    std::vector<Scratch>& scratch_;
    int lanes_ = 1, vectors_ = 1;
    DType accumulator_ = DType::f32;
    const std::array<IndexSet, max_nodes> free_;
    std::vector<int> reduced_, outer_;
    int panel_a_ = -1, panel_b_ = -1, partial_ = -1;
    Value n_low_, n_high_, m_low_, m_high_, k_low_, k_high_, first_, last_;
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
