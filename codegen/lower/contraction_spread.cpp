// Sums of products where vectors are spread over the threads of a workgroup: the same blocking as in
// contraction.cpp, with the workgroup's shared memory as the cache (spread_staging.hpp). Each member has
// tile_m × tile_n accumulators in registers.
//
// Limits, with m rows × n columns of the tile in a thread: a step is m·n FMAs and m + n elements from shared
// memory, which a multiprocessor of NVIDIA's gives to registers at 32 elements a cycle, the same for all
// threads or not, against 128 FMAs. So 8 × 8 is balanced, 16 × 8 takes three quarters of that, 4 × 4 twice as
// long as its FMAs. Elements are therefore loaded 16 bytes at a time, rows by each thread for itself, and
// tiles are as large as registers allow. Staging costs block_k · (block_m + block_n) / threads loads a
// thread.
#include <algorithm>

#include "codegen/lower/exact_rows.hpp"
#include "codegen/lower/register_tile.hpp"
#include "codegen/lower/spread_staging.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;

constexpr int neighbours = 4;             ///< that are stored to shared memory at once
constexpr std::int64_t bank_padding = 4;  ///< elements; keeps rows aligned to four of them

class SpreadContraction : SpreadStaging {
  public:
    SpreadContraction(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : SpreadStaging(writer, stage, schedule) {
        vectors_ = s_.tile_n / s_.lanes;
        // Lanes that store consecutive steps must not all meet in one bank of shared memory.
        for (Panel* panel : {&rows_, &columns_}) panel->pitch += panel->steps_first ? bank_padding : 0;
        for (Panel* panel : {&rows_, &columns_})
            while (panel->steps_first && panel->together < neighbours &&
                   shares(*panel) % (2 * panel->together) == 0)
                panel->together *= 2;
        // Where columns lie along steps in memory they are staged as rows are.
        if (s_.aligned && !columns_.steps_first) {
            columns_.together = 1;
            columns_.contiguous = true;
            columns_.lanes = static_cast<int>(std::min<std::int64_t>(4 * s_.threads, s_.block_n));
        }
    }

    void write(Formula grid[3]) {
        if (s_.linear)
            for (Panel* panel : {&rows_, &columns_}) {
                panel->linear = has_linear_steps(p, stage_, panel->factor);
                if (panel->linear) w.assume_dense(p.accesses[p.nodes[panel->factor].ref].tensor);
            }
        if (s_.aligned) assume_whole_blocks(s_.lanes / s_.threads);
        begin(grid);
        const tile::Type type{accumulator_, static_cast<std::uint16_t>(s_.lanes)};
        const Values zeros(static_cast<std::size_t>(s_.tile_m * vectors_), b.constant_bits(type, 0));
        if (FlushGuard::is_needed(w, stage_)) guard_.emplace(w, stage_);
        const auto load_step = [&](Value parity, Value step) { return load(parity, step); };
        const auto multiply = [&](std::span<const Value> factors, std::span<const Value> before) {
            const auto columns = factors.first(static_cast<std::size_t>(vectors_));
            return outer_product(b, factors.subspan(columns.size()), columns, before, guard_.has_value());
        };
        if (is_stream()) has_tile_ = has_tile();
        const Values sums = is_stream() ? all_blocks_in_stream(zeros, load_step, multiply)
                                        : all_blocks_by_steps(zeros, load_step, multiply);
        if (!guard_) return epilogue(sums);
        const auto least = std::span(sums).subspan(zeros.size());
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
    /// The factors of a step of the half with the given parity: the columns' vectors, then rows.
    Values load(Value parity, Value step) {
        const Value origin_a = b.add(half_of(rows_, parity), row_in_block_);
        const Value origin_b = b.add(half_of(columns_, parity), column_in_block_);
        const int row_bytes = size_of(p.nodes[stage_.factor_a].dtype);
        const int column_bytes = size_of(p.nodes[stage_.factor_b].dtype);
        Values factors;
        const Value at_b = b.add(b.mul(step, w.integer(columns_.pitch)), origin_b);
        for (int v = 0; v < vectors_; ++v)
            factors.push_back(b.load(columns_.buffer,
                                     w.wide(b.add(at_b, w.integer(std::int64_t(v) * s_.lanes))), s_.lanes, {},
                                     s_.lanes / s_.threads * column_bytes));
        const Value at_a = w.wide(b.add(b.mul(step, w.integer(rows_.pitch)), origin_a));
        for (int i = 0; i < s_.tile_m; ++i)
            factors.push_back(b.load(rows_.buffer, b.add(at_a, b.integer(i)), 1, {},
                                     i % 4 == 0 && s_.tile_m % 4 == 0 ? 4 * row_bytes : 0));
        return factors;
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
            if (!s_.aligned)
                at.mask = b.compare(TileOp::less, b.add(w.lane_numbers(s_.lanes), low),
                                    w.splat(columns_.total, s_.lanes));
        }
        return places;
    }

    Value row(Value in_tile) { return b.add(b.add(rows_.low, row_in_block_), in_tile); }

    /// Finishes the outputs at these places of a row of the tile, where the row exists.
    void finish(Value in_tile, std::span<const Point> places, std::span<const Value> sums) {
        const auto write = [&] {
            for (std::size_t v = 0; v < places.size(); ++v) {
                Point at = places[v];
                w.bind_flat(row(in_tile), rows_.outputs, at);
                write_sum(w, stage_, p.statements[stage_.statement].target, sums[v], at);
            }
        };
        if (s_.aligned) return write();
        Value exists = b.compare(TileOp::less, row(in_tile), rows_.total);
        if (has_tile_) exists = b.binary(TileOp::bit_and, exists, has_tile_);
        b.if_then(exists, write);
    }

    void epilogue(std::span<const Value> sums) {
        const auto places = this->places();
        for (int i = 0; i < s_.tile_m; ++i)
            finish(w.integer(i), places, sums.subspan(static_cast<std::size_t>(i) * places.size()));
    }

    /// The tile's outputs whatever the factors are, a few rows at a time.
    void write_exactly() {
        const int together = s_.tile_m % 4 == 0 ? 4 : 1;
        const auto places = this->places();
        w.for_each(
            w.integer(0), w.integer(s_.tile_m), w.integer(together),
            [&](Value first) {
                for (const Point& place : places) {
                    std::vector<Point> points(static_cast<std::size_t>(together), place);
                    Values rows;
                    for (Point& at : points) {
                        rows.push_back(b.add(first, w.integer(static_cast<std::int64_t>(rows.size()))));
                        w.bind_flat(clamped(row(rows.back()), rows_.total), rows_.outputs, at);
                    }
                    const Values sums = exact_rows(w, stage_, points, steps_);
                    for (std::size_t i = 0; i < sums.size(); ++i) finish(rows[i], {&place, 1}, {&sums[i], 1});
                }
            },
            1);
    }

    int vectors_ = 1;
    Value has_tile_{};  ///< no value: each member has one
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
    const int copies = s.members > s.block_m / s.tile_m * (s.block_n / s.tile_n) ? 1 : 2;
    return flush_guard_bytes(s.members) +
           copies * s.block_k *
               ((s.block_m + bank_padding) * size_of(p.nodes[stage.factor_a].dtype) +
                (s.block_n + bank_padding) * size_of(p.nodes[stage.factor_b].dtype));
}

}  // namespace sporkle::codegen
