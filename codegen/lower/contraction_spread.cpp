// Sums of products where vectors are spread over the threads of a workgroup: the same blocking as in
// contraction.cpp, with the workgroup's shared memory as the cache (spread_staging.hpp). Each member has
// tile_m × tile_n accumulators in registers.
//
// Limits: with tile 16 × 128 on 32 threads a step is 64 FMAs a thread against one 16-byte load of columns and
// four 16-byte broadcasts of rows: 8 cycles of shared memory for a member against 64 of arithmetic, four
// members at a time. Staging costs block_k · (block_m + block_n) / threads loads a thread for block_k · 64
// FMAs.
#include <algorithm>
#include <functional>

#include "codegen/lower/reduction_writer.hpp"
#include "codegen/lower/register_tile.hpp"
#include "codegen/lower/spread_staging.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;

constexpr std::int64_t bank_padding = 4;  ///< elements; keeps rows aligned to four of them

class SpreadContraction : SpreadStaging {
  public:
    SpreadContraction(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : SpreadStaging(writer, stage, schedule) {
        vectors_ = s_.tile_n / s_.lanes;
        // Lanes that store consecutive steps must not all meet in one bank of shared memory.
        for (Panel* panel : {&rows_, &columns_}) panel->pitch += panel->steps_first ? bank_padding : 0;
        if (s_.aligned) {
            columns_.contiguous = true;
            columns_.steps_first = false;
            columns_.lanes = static_cast<int>(std::min<std::int64_t>(4 * s_.threads, s_.block_n));
        }
    }

    void write(Formula grid[3]) {
        if (s_.linear)
            for (Panel* panel : {&rows_, &columns_}) {
                panel->linear = has_linear_steps(p, stage_, panel->factor);
                if (panel->linear) w.assume_dense(p.accesses[p.nodes[panel->factor].ref].tensor);
            }
        if (s_.aligned) assume_whole_blocks(columns_.lanes / s_.threads);
        begin(grid);
        const tile::Type type{accumulator_, static_cast<std::uint16_t>(s_.lanes)};
        const Values zeros(static_cast<std::size_t>(s_.tile_m * vectors_), b.constant_bits(type, 0));
        if (FlushGuard::is_needed(w, stage_)) guard_.emplace(w, stage_);
        Values sums = all_blocks(zeros, false, [&](std::span<const Value> before, Value parity, Value steps) {
            return accumulate(before, parity, steps);
        });
        if (!guard_) return epilogue(sums);
        const std::span<const Value> least = std::span(sums).subspan(zeros.size());
        b.if_else(
            guard_->were_wrong(least, s_.members),
            [&] {
                write_exactly();
                return Values{};
            },
            [&] {
                epilogue(sums);
                return Values{};
            });
    }

  private:
    /// `steps` steps on the half of the panels with the given parity.
    Values accumulate(std::span<const Value> sums, Value parity, Value steps) {
        const Value origin_a = b.add(half_of(rows_, parity), row_in_block_);
        const Value origin_b = b.add(half_of(columns_, parity), column_in_block_);
        const int row_bytes = size_of(p.nodes[stage_.factor_a].dtype);
        const int column_bytes = size_of(p.nodes[stage_.factor_b].dtype);
        return w.for_loop(
            w.integer(0), steps, w.integer(1), sums, [&](Value step, std::span<const Value> carried) {
                Values columns, rows;
                const Value at_b = b.add(b.mul(step, w.integer(columns_.pitch)), origin_b);
                for (int v = 0; v < vectors_; ++v)
                    columns.push_back(b.load(columns_.buffer,
                                             w.wide(b.add(at_b, w.integer(std::int64_t(v) * s_.lanes))),
                                             s_.lanes, {}, s_.lanes / s_.threads * column_bytes));
                const Value at_a = w.wide(b.add(b.mul(step, w.integer(rows_.pitch)), origin_a));
                for (int i = 0; i < s_.tile_m; ++i)
                    rows.push_back(b.load(rows_.buffer, b.add(at_a, b.integer(i)), 1, {},
                                          i % 4 == 0 && s_.tile_m % 4 == 0 ? 4 * row_bytes : 0));
                return outer_product(b, rows, columns, carried, guard_.has_value());
            });
    }

    /// Where the tile's vectors stand but for their row.
    std::vector<Point> places() {
        const Value column = b.add(columns_.low, column_in_block_);
        std::vector<Point> places(static_cast<std::size_t>(vectors_), at_);
        for (int v = 0; v < vectors_; ++v) {
            Point& at = places[static_cast<std::size_t>(v)];
            const Value low = b.add(column, w.integer(static_cast<std::int64_t>(v) * s_.lanes));
            at.lanes = s_.lanes;
            if (columns_.outputs.size() > 1) {
                w.bind_lanes(low, columns_.total, s_.lanes, columns_.outputs, at);
                continue;
            }
            at.axis = columns_.outputs[0];
            at.base[at.axis] = low;
            if (!columns_.contiguous)
                at.mask = b.compare(TileOp::less, b.add(w.lane_numbers(s_.lanes), low),
                                    w.splat(columns_.total, s_.lanes));
        }
        return places;
    }

    /// write(v, point) for the vectors of the tile's row number i, if it exists.
    void write_row(Value i, const std::vector<Point>& places,
                   const std::function<void(int v, const Point& at)>& write) {
        const Value number = b.add(b.add(rows_.low, row_in_block_), i);
        const auto write_all = [&] {
            for (int v = 0; v < vectors_; ++v) {
                Point at = places[static_cast<std::size_t>(v)];
                w.bind_flat(number, rows_.outputs, at);
                write(v, at);
            }
        };
        if (s_.aligned)
            write_all();
        else
            b.if_then(b.compare(TileOp::less, number, rows_.total), write_all);
    }

    void epilogue(const Values& sums) {
        const Access& target = p.statements[stage_.statement].target;
        const auto places = this->places();
        for (int i = 0; i < s_.tile_m; ++i)
            write_row(w.integer(i), places, [&](int v, const Point& at) {
                write_sum(w, stage_, target, sums[static_cast<std::size_t>(i * vectors_ + v)], at);
            });
    }

    /// The tile's outputs by fma that are exact on every machine, each from the tensors themselves: that
    /// takes few instructions and registers, and where such fma are slow it hardly matters how factors come.
    void write_exactly() {
        const auto places = this->places();
        ReductionWriter writer(w, stage_, s_);
        w.for_each(
            w.integer(0), w.integer(s_.tile_m), w.integer(1),
            [&](Value i) { write_row(i, places, [&](int, const Point& at) { writer.write_outputs(at); }); },
            1);
    }

    int vectors_ = 1;
};

}  // namespace

void write_spread_contraction(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]) {
    SpreadContraction(w, stage, schedule).write(grid);
}

bool has_linear_steps(const Program& p, const Stage& stage, int factor) {
    const Node& node = p.nodes[factor];
    if (node.op != Op::access) return false;
    const Access& access = p.accesses[node.ref];
    const Reduction& r = stage.reduction;
    const int rank = p.tensors[access.tensor].rank;
    if (p.tensors[access.tensor].role == Role::temporary || rank < r.count) return false;
    for (int d = 0; d < rank; ++d) {
        const Affine& s = access.subscripts[d];
        const int place = d - (rank - r.count);
        if (place >= 0 && (!s.is_plain() || s.terms[0].index != r.indices[place])) return false;
        for (int t = 0; t < s.count && place < 0; ++t)
            if (contains(index_set(r), s.terms[t].index)) return false;
    }
    return true;
}

bool is_plain_product(const Program& p, const Stage& stage) {
    const auto free = free_indices(p);
    int rows = 0, columns = 0;
    for (const int i : stage.free) {
        const bool in_a = contains(free[static_cast<std::size_t>(stage.factor_a)], i);
        const bool in_b = contains(free[static_cast<std::size_t>(stage.factor_b)], i);
        rows += in_a && !in_b;
        columns += in_b && !in_a;
    }
    return rows == 1 && columns == 1 && stage.reduction.count == 1;
}

std::int64_t spread_contraction_bytes(const Program& p, const Stage& stage, const Schedule& s) {
    return flush_guard_bytes(s.members) +
           2 * s.block_k *
               ((s.block_m + bank_padding) * size_of(p.nodes[stage.factor_a].dtype) +
                (s.block_n + bank_padding) * size_of(p.nodes[stage.factor_b].dtype));
}

}  // namespace sporkle::codegen
