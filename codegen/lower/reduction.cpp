// Reductions of every kind in both orders. Vectors lie
//   along a free index (Axis::free): each lane is an output of its own;
//   along the reduction (Axis::reduction, Order::lanes): the 64 partials of a block are vector registers;
//   nowhere (Axis::scalar): the form that fits everything.
// Block results of Order::lanes are combined while they appear, by a binary counter: after block c the
// results of 2^t blocks are merged for every trailing one bit of c, which is the balanced tree of
// program.hpp.
#include <algorithm>
#include <optional>

#include "codegen/lower/accumulator.hpp"
#include "codegen/lower/block_tree.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;
using State = Accumulator::State;

class ReductionWriter {
  public:
    ReductionWriter(StageWriter& writer, const Stage& stage, const Schedule& schedule)
        : w(writer),
          b(writer.builder()),
          p(writer.program()),
          stage_(stage),
          s_(schedule),
          acc_(writer, stage) {
        for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
    }

    /// All outputs at `at`: one, or a vector of them where the point has an axis.
    void write_outputs(const Point& at) {
        State total;
        if (stage_.reduction.order == Order::chain)
            total = chain(at);
        else if (s_.axis == Axis::reduction && at.axis < 0)
            total = lanes_in_registers(at);
        else
            total = lanes_in_memory(at);
        finish(at, total);
    }

    /// The result of block number `block` of an output into slot output · blocks + block of the states in
    /// scratch.
    void write_block(const Point& at, Value output, Value block, int first_word) {
        const Value count = element_count();
        StateArray results(w, acc_, "blocks", first_word);
        results.store(block_in_registers(at, b.mul(block, w.integer(lanes_block)), count),
                      b.add(b.mul(output, block_count(count)), block));
    }

    /// Combines what write_block left and finishes the output.
    void write_combined(const Point& at, Value output, int first_word) {
        const Value blocks = block_count(element_count());
        StateArray results(w, acc_, "blocks", first_word);
        tree(1);
        b.for_each(
            w.integer(0), blocks, w.integer(1),
            [&](Value block) { tree(1).push(results.load(b.add(b.mul(output, blocks), block)), block); }, 1);
        finish(at, tree(1).total(blocks));
    }

    const Accumulator& accumulator() const { return acc_; }

    /// `vectors` neighbouring vectors of outputs at once, to hide the latency of the chain.
    void write_many(const Point& at, int vectors) {
        if (vectors == 1 || stage_.reduction.order != Order::chain) {
            for (int v = 0; v < vectors; ++v) write_outputs(shifted(at, v));
            return;
        }
        std::vector<Value> carried;
        for (int v = 0; v < vectors; ++v) append(carried, acc_.identity(at.lanes));
        const auto totals = walk(
            0, at, w.integer(0), carried, [&](const Point& here, Value number, std::span<const Value> state) {
                std::vector<Value> next;
                for (int v = 0; v < vectors; ++v)
                    append(next, acc_.take(part_of(state, v), shifted(here, v), number, {}));
                return next;
            });
        for (int v = 0; v < vectors; ++v) finish(shifted(at, v), part_of(totals, v));
    }

  private:
    using Step = std::function<std::vector<Value>(const Point&, Value, std::span<const Value>)>;

    static void append(std::vector<Value>& to, const State& from) {
        to.insert(to.end(), from.begin(), from.end());
    }
    State part_of(std::span<const Value> values, int v) const {
        const auto first = values.begin() + v * acc_.parts();
        return State(first, first + acc_.parts());
    }
    Point shifted(Point at, int vectors) {
        if (vectors != 0) at.base[at.axis] = b.add(at.base[at.axis], w.integer(vectors * at.lanes));
        return at;
    }

    void finish(const Point& at, const State& total) {
        auto memo = w.memo();
        memo[static_cast<std::size_t>(stage_.reduce)] = acc_.result(total);
        w.store(p.statements[stage_.statement].target, w.evaluate(stage_.root, at, memo), at);
    }

    /// Loops over the reduction indices from `depth` on, in order; `number` is the elements' number so far.
    std::vector<Value> walk(std::size_t depth, Point at, Value number, std::span<const Value> carried,
                            const Step& step) {
        const int index = reduced_[depth];
        const std::int64_t fixed = p.indices[index].extent;
        const int unroll = fixed > 0 && fixed <= 8 ? static_cast<int>(fixed) : 1;
        const Value scaled = b.mul(number, w.extent(index));
        return b.for_loop(
            w.integer(0), w.extent(index), w.integer(1), carried,
            [&](Value k, std::span<const Value> state) {
                at.base[index] = k;
                const Value here = b.add(scaled, k);
                if (depth + 1 == reduced_.size()) return step(at, here, state);
                return walk(depth + 1, at, here, state, step);
            },
            unroll);
    }

    State chain(const Point& at) {
        return walk(0, at, w.integer(0), acc_.identity(at.lanes),
                    [&](const Point& here, Value number, std::span<const Value> state) {
                        return acc_.take(State(state.begin(), state.end()), here, number, {});
                    });
    }

    // ---- Order::lanes
    // -------------------------------------------------------------------------------------------

    Value element_count() {
        Value count = w.integer(1);
        for (const int i : reduced_) count = b.mul(count, w.extent(i));
        return count;
    }

    /// Partials as vectors, first lanes first: combines l with l + 32, l + 16, … l + 1.
    State fold_partials(std::vector<State> vectors, int lanes) {
        while (vectors.size() > 1) {
            const std::size_t half = vectors.size() / 2;
            for (std::size_t v = 0; v < half; ++v) vectors[v] = acc_.combine(vectors[v], vectors[v + half]);
            vectors.resize(half);
        }
        State state = vectors[0];
        for (int width = lanes / 2; width >= 1; width /= 2) {
            State low, high;
            for (const Value v : state) {
                low.push_back(b.slice(v, 0, width));
                high.push_back(b.slice(v, width, width));
            }
            state = acc_.combine(low, high);
        }
        return state;
    }

    Value block_count(Value elements) {
        return b.binary(TileOp::div, b.add(elements, w.integer(lanes_block - 1)), w.integer(lanes_block));
    }

    /// The tree of this kernel; one serves all outputs.
    BlockTree& tree(int lanes) {
        if (!tree_) tree_.emplace(w, acc_, lanes);
        return *tree_;
    }

    /// Result of the block that begins at element `low`, with the partials in registers. One reduction index,
    /// or several that dense tensors let us walk as one (then the schedule is `linear`): the last index
    /// counts all elements.
    State block_in_registers(Point at, Value low, Value count) {
        const int index = reduced_.back();
        for (const int i : reduced_) at.base[i] = w.integer(0);
        const int lanes = std::min(lanes_of(p, stage_, s_), lanes_partials);
        const int vectors = lanes_partials / lanes;
        const tile::Type numbers{DType::i64, static_cast<std::uint16_t>(lanes)};
        const auto take = [&](std::span<const Value> state, Value first, bool masked) {
            std::vector<Value> next;
            for (int v = 0; v < vectors; ++v) {
                Point here = at;
                here.base[index] = b.add(first, w.integer(v * lanes));
                here.axis = lanes > 1 ? index : -1;
                here.lanes = lanes;
                const State now = part_of(state, v);
                if (lanes == 1) {
                    append(next, masked ? take_below(now, here, count)
                                        : acc_.take(now, here, here.base[index], {}));
                    continue;
                }
                if (masked) here.mask = w.tail_mask(here.base[index], count, lanes);
                Value number{};
                if (acc_.parts() > 1) number = b.add(w.splat(here.base[index], lanes), b.lane_ids(numbers));
                append(next, acc_.take(now, here, number, here.mask));
            }
            return next;
        };
        const Value high = b.binary(TileOp::min, b.add(low, w.integer(lanes_block)), count);
        const Value unit = w.integer(lanes_partials);
        const Value whole = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), unit), unit));
        std::vector<Value> state;
        for (int v = 0; v < vectors; ++v) append(state, acc_.identity(lanes));
        state = b.for_loop(
            low, whole, unit, state, [&](Value e, std::span<const Value> now) { return take(now, e, false); },
            1);
        state = b.if_else(
            b.compare(TileOp::less, whole, high), [&] { return take(state, whole, true); },
            [&] { return state; });
        std::vector<State> partials;
        for (int v = 0; v < vectors; ++v) partials.push_back(part_of(state, v));
        return fold_partials(std::move(partials), lanes);
    }

    /// A scalar step for the element at the last index, left out where that is `count` or more: the element
    /// must not even be read.
    State take_below(const State& state, const Point& here, Value count) {
        const Value number = here.base[reduced_.back()];
        return b.if_else(
            b.compare(TileOp::less, number, count), [&] { return acc_.take(state, here, number, {}); },
            [&] { return state; });
    }

    State lanes_in_registers(const Point& at) {
        const Value count = element_count();
        tree(1);  // its buffers belong to the kernel, not to the loop
        b.for_each(
            w.integer(0), count, w.integer(lanes_block),
            [&](Value low) {
                tree(1).push(block_in_registers(at, low, count),
                             b.binary(TileOp::div, low, w.integer(lanes_block)));
            },
            1);
        return tree(1).total(block_count(count));
    }

    /// The general form: partials in private memory, any number of reduction indices, with or without a free
    /// axis.
    State lanes_in_memory(const Point& at) {
        const int lanes = at.lanes;
        tree(lanes);
        if (!partials_) partials_.emplace(w, acc_, "partials", lanes_partials, lanes);
        const auto clear = [&] {
            b.for_each(
                w.integer(0), w.integer(lanes_partials), w.integer(1),
                [&](Value slot) { partials_->store(acc_.identity(lanes), slot); }, 1);
        };
        const auto close_block = [&](Value block) {
            for (int width = lanes_partials / 2; width >= 1; width /= 2)
                b.for_each(
                    w.integer(0), w.integer(width), w.integer(1),
                    [&](Value slot) {
                        const State low = partials_->load(slot);
                        const State high = partials_->load(b.add(slot, w.integer(width)));
                        partials_->store(acc_.combine(low, high), slot);
                    },
                    1);
            tree(lanes).push(partials_->load(w.integer(0)), block);
        };
        clear();
        walk(0, at, w.integer(0), {}, [&](const Point& here, Value number, std::span<const Value>) {
            const Value slot = b.binary(TileOp::bit_and, number, w.integer(lanes_partials - 1));
            partials_->store(acc_.take(partials_->load(slot), here, number, {}), slot);
            const Value in_block = b.binary(TileOp::bit_and, number, w.integer(lanes_block - 1));
            b.if_then(b.compare(TileOp::equal, in_block, w.integer(lanes_block - 1)), [&] {
                close_block(b.binary(TileOp::div, number, w.integer(lanes_block)));
                clear();
            });
            return std::vector<Value>{};
        });
        const Value count = element_count();
        const Value whole = b.binary(TileOp::div, count, w.integer(lanes_block));
        const Value rest = b.binary(TileOp::bit_and, count, w.integer(lanes_block - 1));
        const Value open = b.compare(TileOp::not_equal, rest, w.integer(0));
        b.if_then(open, [&] { close_block(whole); });
        return tree(lanes).total(b.add(whole, b.convert(open, DType::i64)));
    }

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    Accumulator acc_;
    std::vector<int> reduced_;
    std::optional<BlockTree> tree_;
    std::optional<StateArray> partials_;
};

/// Writes the outputs [low, high) along `axis` (or the single one without an axis) at a point.
void write_along(StageWriter& w, ReductionWriter& writer, const Stage& stage, const Schedule& s,
                 const Point& at, int axis, Value low, Value high) {
    tile::Builder& b = w.builder();
    const auto one = [&](Value base, Value mask, int lanes, int vectors) {
        Point point = at;
        point.base[axis] = base;
        point.axis = lanes > 1 ? axis : -1;
        point.lanes = lanes;
        point.mask = mask;
        writer.write_many(point, vectors);
    };
    const int lanes = s.axis == Axis::free ? lanes_of(w.program(), stage, s) : 1;
    if (lanes == 1) {
        b.for_each(
            low, high, w.integer(1), [&](Value base) { one(base, {}, 1, 1); }, 1);
        return;
    }
    Value rest = low;
    if (s.unroll > 1 && stage.reduction.order == Order::chain) {
        const Value step = w.integer(static_cast<std::int64_t>(lanes) * s.unroll);
        rest = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), step), step));
        b.for_each(
            low, rest, step, [&](Value base) { one(base, {}, lanes, s.unroll); }, 1);
    }
    w.vector_loop(rest, high, lanes, 1, [&](Value base, Value mask) { one(base, mask, lanes, 1); });
}

/// Index to be walked by vectors or innermost, and the others.
int axis_of(const Program& p, const Stage& stage, IndexSet fixed) {
    const int inner = innermost_index(p, stage);
    if (inner >= 0 && !contains(fixed, inner)) return inner;
    const auto rest = remaining(stage, fixed, -1);
    return rest.empty() ? -1 : rest.back();
}

void assume_strides(StageWriter& w, const Stage& stage, const Schedule& s, int axis) {
    if (s.linear)
        for (const int a : accesses_below(w.program(), stage.body))
            if ((index_set(w.program(), w.program().accesses[a]) &
                 (IndexSet(1) << stage.reduction.indices[0])) != 0)
                w.assume_dense(w.program().accesses[a].tensor);
    if (!s.unit_stride) return;
    if (s.axis == Axis::reduction)
        assume_unit_strides(w, stage, stage.reduction.indices[stage.reduction.count - 1]);
    else if (s.axis == Axis::free && axis >= 0)
        assume_unit_strides(w, stage, axis);
}

}  // namespace

bool is_linear_reduction(const Program& p, const Stage& stage) {
    const Reduction& r = stage.reduction;
    const IndexSet reduced = index_set(r);
    for (int n = 0; n < p.node_count; ++n)
        if (p.nodes[n].op == Op::index_value && contains(reduced, p.nodes[n].ref)) return false;
    for (const int number : accesses_below(p, stage.body)) {
        const Access& a = p.accesses[number];
        if ((index_set(p, a) & reduced) == 0) continue;
        const int rank = p.tensors[a.tensor].rank;
        if (p.tensors[a.tensor].role == Role::temporary || rank < r.count) return false;
        for (int d = 0; d < rank; ++d) {
            const Affine& s = a.subscripts[d];
            const int place = d - (rank - r.count);
            if (place >= 0 && (!s.is_plain() || s.terms[0].index != r.indices[place])) return false;
            for (int t = 0; t < s.count && place < 0; ++t)
                if (contains(reduced, s.terms[t].index)) return false;
        }
    }
    return true;
}

void write_reduction_part(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& outer,
                          IndexSet fixed) {
    tile::Builder& b = w.builder();
    ReductionWriter writer(w, stage, schedule);
    const int axis = axis_of(w.program(), stage, fixed);
    assume_strides(w, stage, schedule, axis);
    if (axis < 0) {
        writer.write_outputs(outer);
        return;
    }
    const auto rows = remaining(stage, fixed, axis);
    Value count = w.integer(1);
    for (const int i : rows) count = b.mul(count, w.extent(i));
    b.for_each(
        w.integer(0), count, w.integer(1),
        [&](Value row) {
            Point at = outer;
            w.bind_flat(row, rows, at);
            write_along(w, writer, stage, schedule, at, axis, w.integer(0), w.extent(axis));
        },
        1);
}

void write_split_reduction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule,
                                    bool combine, std::vector<Scratch>& scratch, Formula grid[3]) {
    tile::Builder& b = w.builder();
    ReductionWriter writer(w, stage, schedule);
    assume_strides(w, stage, schedule, -1);
    const std::vector<int> outputs = remaining(stage, 0, -1);
    std::vector<int> reduced(stage.reduction.indices, stage.reduction.indices + stage.reduction.count);
    const Formula::Factor blocks = extent_product(w.block(), reduced, lanes_block);
    const int parts = writer.accumulator().parts();
    if (!combine)
        for (int part = 0; part < parts; ++part)
            scratch.push_back({part == 0 ? "blocks" : "blocks_number",
                               false,
                               {{{size_of(writer.accumulator().type(part, 1).scalar),
                                  {blocks, extent_product(w.block(), outputs)}}}}});
    const int first_word = w.block().scratch(static_cast<int>(scratch.size()) - parts);
    const int output_dim = combine ? 0 : 1;
    Point at;
    Value output = w.integer(0);
    if (!outputs.empty()) {
        output = b.grid_id(output_dim);
        w.bind_flat(output, outputs, at);
        grid[output_dim] = {{{1, {extent_product(w.block(), outputs)}}}};
    }
    if (combine) {
        writer.write_combined(at, output, first_word);
    } else {
        grid[0] = {{{1, {blocks}}}};
        writer.write_block(at, output, b.grid_id(0), first_word);
    }
}

void write_reduction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]) {
    tile::Builder& b = w.builder();
    ReductionWriter writer(w, stage, schedule);
    const int axis = axis_of(w.program(), stage, 0);
    assume_strides(w, stage, schedule, axis);
    if (axis < 0) {
        writer.write_outputs(Point{});
        return;
    }
    const auto rows = remaining(stage, 0, axis);
    Point at;
    if (!rows.empty()) {
        w.bind_flat(b.grid_id(1), rows, at);
        grid[1] = {{{1, {extent_product(w.block(), rows)}}}};
    }
    const Value low = b.mul(b.grid_id(0), w.integer(schedule.task_elements));
    const Value high = b.binary(TileOp::min, b.add(low, w.integer(schedule.task_elements)), w.extent(axis));
    write_along(w, writer, stage, schedule, at, axis, low, high);
    grid[0] = {{{1, {extent_product(w.block(), {axis}, schedule.task_elements)}}}};
}

}  // namespace sporkle::codegen
