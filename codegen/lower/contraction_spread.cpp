// Sums of products where vectors are spread over the threads of a workgroup: the same blocking as in
// contraction.cpp, with the workgroup's shared memory as the cache.
//
//   task: a block of block_m rows × block_n columns, for one value of the indices that both factors have
//     for each block of block_k steps
//       all members stage the next block of both factors: from memory into registers …
//       each member: tile_m × tile_n accumulators in registers, over the present block's steps in order
//       … and from the registers into the other half of shared memory; one barrier
//
// Rows are all free indices of factor a that b lacks, walked as one, columns likewise, steps all reduction
// indices: a convolution is an implicit GEMM whose blocks are full whatever the size of an image. Each lane
// finds its own element; what does not change from block to block is computed once (the builder moves it out
// of the loop). Rows, columns and steps beyond the end are read as the last one and neither added nor stored;
// with Schedule::aligned there are none, by preconditions.
//
// Limits: with tile 16 × 128 on 32 threads a step is 64 FMAs a thread against one 16-byte load of columns and
// four 16-byte broadcasts of rows: 8 cycles of shared memory for a member against 64 of arithmetic, four
// members at a time. Staging costs block_k · (block_m + block_n) / threads loads a thread for block_k · 64
// FMAs.
#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include <sporkle/error.hpp>

#include "codegen/lower/register_tile.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;

/// Shared memory of one factor: [half][step][output], rows `pitch` elements apart.
struct Panel {
    int factor = -1;           ///< node
    std::vector<int> outputs;  ///< indices that are walked as one
    std::int64_t block = 0;    ///< outputs
    std::int64_t pitch = 0;
    bool steps_first = false;  ///< consecutive lanes stage consecutive steps, else consecutive outputs
    int lanes = 1;             ///< of a staging vector
    bool linear = false;       ///< steps are neighbours in memory: the last reduction index counts them all
    bool contiguous = false;   ///< outputs are one index of stride 1, and the blocks are whole
    int buffer = -1;
    Value low, total;  ///< first output of the block; number of all outputs
};

class SpreadContraction {
  public:
    SpreadContraction(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : w(writer), b(writer.builder()), p(writer.program()), stage_(stage), s_(schedule) {
        accumulator_ = p.nodes[stage.reduce].dtype;
        for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
        const auto free = free_indices(p);
        const IndexSet in_a = free[static_cast<std::size_t>(stage.factor_a)];
        const IndexSet in_b = free[static_cast<std::size_t>(stage.factor_b)];
        for (const int i : stage.free)
            (contains(in_a, i) && !contains(in_b, i)   ? rows_.outputs
             : contains(in_b, i) && !contains(in_a, i) ? columns_.outputs
                                                       : outer_)
                .push_back(i);
        vectors_ = s_.tile_n / s_.lanes;
        members_n_ = static_cast<int>(s_.block_n / s_.tile_n);
        describe(rows_, stage.factor_a, s_.block_m);
        describe(columns_, stage.factor_b, s_.block_n);
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
        if (s_.aligned) {
            w.align_vectors(columns_.lanes / s_.threads, false);
            w.assume_extent_multiple(columns_.outputs[0], s_.block_n);
            w.assume_extent_multiple(rows_.outputs[0], s_.block_m);
            w.assume_extent_multiple(reduced_[0], s_.block_k);
            for (const int index : {columns_.outputs[0], rows_.outputs[0], reduced_[0]})
                assume_unit_strides(w, stage_, index);
        }
        grid[0] = {{{1, {extent_product(w.block(), columns_.outputs, s_.block_n)}}}};
        grid[1] = {{{1, {extent_product(w.block(), rows_.outputs, s_.block_m)}}}};
        if (!outer_.empty()) {
            grid[2] = {{{1, {extent_product(w.block(), outer_)}}}};
            w.bind_flat(w.grid(2), outer_, at_);
        }
        begin(columns_, w.grid(0), "columns");
        begin(rows_, w.grid(1), "rows");
        member_ = w.narrow(b.member_id());
        const auto [row, column] = split(member_, members_n_);
        row_in_block_ = b.mul(row, w.integer(s_.tile_m));
        column_in_block_ = b.mul(column, w.integer(s_.tile_n));
        steps_ = w.extent_product(reduced_);
        const auto sums = b.if_else(
            b.compare(TileOp::greater, steps_, w.integer(0)), [&] { return all_blocks(); },
            [&] { return zeros(); });
        epilogue(sums);
    }

  private:
    using Values = std::vector<Value>;

    /// How a factor is staged: along whatever its memory is contiguous.
    void describe(Panel& panel, int factor, std::int64_t block) {
        panel.factor = factor;
        panel.block = block;
        panel.lanes = s_.threads;
        int along_steps = 0, along_outputs = 0;
        for (const int number : accesses_below(p, factor)) {
            const Access& a = p.accesses[number];
            const int last = p.tensors[a.tensor].rank - 1;
            for (int t = 0; last >= 0 && t < a.subscripts[last].count; ++t) {
                const int index = a.subscripts[last].terms[t].index;
                along_steps += std::find(reduced_.begin(), reduced_.end(), index) != reduced_.end();
                along_outputs += !panel.outputs.empty() && index == panel.outputs.back();
            }
        }
        panel.steps_first = along_steps > along_outputs;
        // Lanes that store consecutive steps must not all meet in one bank of shared memory.
        panel.pitch = block + (panel.steps_first ? bank_padding : 0);
    }

    void begin(Panel& panel, Value number, const char* name) {
        tile::Buffer buffer;
        buffer.name = name;
        buffer.space = tile::Space::shared;
        buffer.dtype = p.nodes[panel.factor].dtype;
        buffer.size = 2 * s_.block_k * panel.pitch;
        buffer.writable = true;
        buffer.explicit_barriers = true;
        panel.buffer = b.add_buffer(buffer);
        panel.low = b.mul(number, w.integer(panel.block));
        panel.total = w.extent_product(panel.outputs);
    }

    Values zeros() {
        const tile::Type type{accumulator_, static_cast<std::uint16_t>(s_.lanes)};
        return Values(static_cast<std::size_t>(s_.tile_m * vectors_), b.constant_bits(type, 0));
    }

    /// Staging vectors of one member for one block.
    int shares(const Panel& panel) const {
        const std::int64_t vectors = s_.block_k * panel.block / panel.lanes;
        if (vectors % s_.members != 0 || s_.block_k * panel.block % panel.lanes != 0)
            throw Error(
                ErrorCode::unsupported,
                "schedule '" + s_.name + "': its members cannot share the staging of a block equally");
        return static_cast<int>(vectors / s_.members);
    }

    /// Where a staging vector stands in its block: step and output of each lane, scalar where all lanes
    /// agree. With consecutive outputs `output` is that of lane 0.
    struct Spot {
        Value step, output;
    };
    Spot spot(const Panel& panel, int share) {
        const Value number = b.add(w.integer(static_cast<std::int64_t>(share) * s_.members), member_);
        if (panel.steps_first) {
            const Value element = b.add(b.mul(number, w.integer(panel.lanes)), w.lane_numbers(panel.lanes));
            const auto [output, step] = split(element, s_.block_k);
            return {step, output};
        }
        const auto [step, vector] = split(number, panel.block / panel.lanes);
        return {step, b.mul(vector, w.integer(panel.lanes))};
    }

    /// Quotient and remainder of a number that is not negative by a power of two.
    std::pair<Value, Value> split(Value number, std::int64_t unit) {
        const int shift = std::countr_zero(static_cast<std::uint64_t>(unit));
        const Value quotient = b.binary(TileOp::shr, number, w.integer(shift));
        return {quotient, b.binary(TileOp::bit_and, number, w.integer(unit - 1))};
    }

    /// Numbers beyond the end are taken as the last one, unless there are none.
    Value clamped(Value number, Value total) {
        return s_.aligned ? number : b.binary(TileOp::min, number, b.sub(total, w.integer(1)));
    }

    /// Reads a member's share of the block that begins at step `low`.
    Values fetch(const Panel& panel, Value low) {
        Values result;
        for (int share = 0; share < shares(panel); ++share) {
            const Spot spot = this->spot(panel, share);
            Point at = at_;
            at.lanes = panel.lanes;
            const Value first = b.add(panel.low, spot.output);
            if (panel.contiguous) {
                at.axis = panel.outputs[0];
                at.base[panel.outputs[0]] = first;
            } else {
                const Value output = panel.steps_first ? first : b.add(w.lane_numbers(panel.lanes), first);
                w.bind_flat(clamped(output, panel.total), panel.outputs, at);
            }
            const Value step = clamped(b.add(low, spot.step), steps_);
            if (panel.linear) {
                for (const int i : reduced_) at.base[i] = w.integer(0);
                at.base[reduced_.back()] = step;
            } else {
                w.bind_flat(step, reduced_, at);
            }
            auto memo = w.memo();
            result.push_back(w.splat(w.evaluate(panel.factor, at, memo), panel.lanes));
        }
        return result;
    }

    /// Puts what `fetch` read into a half of the panel that begins at element `half`.
    void put(const Panel& panel, const Values& values, Value half) {
        for (int share = 0; share < shares(panel); ++share) {
            const Spot spot = this->spot(panel, share);
            const Value element = b.add(half, b.add(b.mul(spot.step, w.integer(panel.pitch)), spot.output));
            const Value value = values[static_cast<std::size_t>(share)];
            const int alignment = panel.lanes / s_.threads * size_of(b.type_of(value).scalar);
            if (panel.steps_first)
                b.scatter(panel.buffer, value, w.wide(element));
            else
                b.store(panel.buffer, value, w.wide(element), {}, false, alignment);
        }
    }

    Value half_of(const Panel& panel, Value parity) {
        return b.mul(parity, w.integer(s_.block_k * panel.pitch));
    }

    Values all_blocks() {
        const Value block = w.integer(s_.block_k), zero = w.integer(0), one = w.integer(1);
        {
            const Values a = fetch(rows_, zero), c = fetch(columns_, zero);
            put(rows_, a, zero);
            put(columns_, c, zero);
        }
        b.barrier();
        // Whole blocks in the loop, each with the next one on its way; what is left after it is the last
        // block where all are whole, else the steps that fill none.
        const Value whole = split(steps_, s_.block_k).first;
        const Value turns = s_.aligned ? b.sub(whole, one) : whole;
        const auto sums = w.for_loop(
            zero, turns, one, zeros(),
            [&](Value number, std::span<const Value> carried) {
                const Value parity = b.binary(TileOp::bit_and, number, one);
                const Value next = b.mul(b.add(number, one), block);
                const Values a = fetch(rows_, next), c = fetch(columns_, next);
                const Values result = accumulate(carried, parity, block);
                const Value other = b.binary(TileOp::bit_xor, parity, one);
                put(rows_, a, half_of(rows_, other));
                put(columns_, c, half_of(columns_, other));
                b.barrier();
                return result;
            },
            1);
        const Value left = s_.aligned ? block : b.sub(steps_, b.mul(whole, block));
        return accumulate(sums, b.binary(TileOp::bit_and, turns, one), left);
    }

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
                return outer_product(b, rows, columns, carried);
            });
    }

    void epilogue(const Values& sums) {
        const Access& target = p.statements[stage_.statement].target;
        const Value row = b.add(rows_.low, row_in_block_), column = b.add(columns_.low, column_in_block_);
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
        for (int i = 0; i < s_.tile_m; ++i) {
            const Value number = b.add(row, w.integer(i));
            const auto write_row = [&] {
                for (int v = 0; v < vectors_; ++v) {
                    Point at = places[static_cast<std::size_t>(v)];
                    w.bind_flat(number, rows_.outputs, at);
                    write_sum(w, stage_, target, sums[static_cast<std::size_t>(i * vectors_ + v)], at);
                }
            };
            if (s_.aligned)
                write_row();
            else
                b.if_then(b.compare(TileOp::less, number, rows_.total), write_row);
        }
    }

    static constexpr std::int64_t bank_padding = 4;  ///< elements; keeps rows aligned to four of them

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    DType accumulator_ = DType::f32;
    std::vector<int> reduced_, outer_;
    Panel rows_, columns_;
    int vectors_ = 1, members_n_ = 1;
    Point at_;  ///< stands at the outer indices
    Value member_, row_in_block_, column_in_block_, steps_;
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
    constexpr std::int64_t padding = 4;
    return 2 * s.block_k *
           ((s.block_m + padding) * size_of(p.nodes[stage.factor_a].dtype) +
            (s.block_n + padding) * size_of(p.nodes[stage.factor_b].dtype));
}

}  // namespace sporkle::codegen
