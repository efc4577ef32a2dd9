// Reductions of every kind in both orders. Vectors lie
//   along a free index (Axis::free): each lane is an output of its own;
//   along the reduction (Axis::reduction, Order::lanes): the 64 partials of a block are vector registers;
//   nowhere (Axis::scalar): the form that fits everything.
// Block results of Order::lanes are combined while they appear, by a binary counter: after block c the
// results of 2^t blocks are merged for every trailing one bit of c, which is the balanced tree of
// program.hpp.
#include <algorithm>

#include "codegen/lower/accumulator.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;
using State = Accumulator::State;

constexpr int tree_levels = 52;  ///< 2^52 blocks of 4096 elements are more than addresses can hold

/// Position of the highest set bit of a positive i64 below 2^53, from the exponent of its exact f64
/// conversion.
Value highest_bit(tile::Builder& b, Value x) {
    const Value bits = b.bitcast(b.convert(x, DType::f64), DType::i64);
    return b.sub(b.binary(TileOp::shr_logical, bits, b.integer(52)), b.integer(1023));
}

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

    /// Private arrays [slots][lanes], one for each part of a state.
    std::vector<int> private_states(const char* name, int slots, int lanes) {
        std::vector<int> buffers;
        for (int part = 0; part < acc_.parts(); ++part) {
            tile::Buffer buffer;
            buffer.name = std::string(name) + (part == 0 ? "" : "_number");
            buffer.space = tile::Space::private_;
            buffer.dtype = acc_.type(part, 1).scalar;
            buffer.size = static_cast<std::int64_t>(slots) * lanes;
            buffer.writable = true;
            buffers.push_back(b.add_buffer(buffer));
        }
        return buffers;
    }
    State load_state(const std::vector<int>& buffers, Value slot, int lanes) {
        State state;
        for (const int buffer : buffers)
            state.push_back(b.load(buffer, b.mul(slot, w.integer(lanes)), lanes));
        return state;
    }
    void store_state(const std::vector<int>& buffers, const State& state, Value slot, int lanes) {
        for (std::size_t part = 0; part < buffers.size(); ++part)
            b.store(buffers[part], state[part], b.mul(slot, w.integer(lanes)));
    }

    /// Enters the result of block number `block` into the counter.
    void push_block(const State& block_result, Value block, int lanes) {
        // The trailing ones of `block` are below the highest bit of block ^ (block + 1).
        const Value merges = highest_bit(b, b.binary(TileOp::bit_xor, block, b.add(block, w.integer(1))));
        const auto merged = b.for_loop(
            w.integer(0), merges, w.integer(1), block_result,
            [&](Value level, std::span<const Value> state) {
                return acc_.combine(load_state(levels_, level, lanes), State(state.begin(), state.end()));
            },
            1);
        store_state(levels_, merged, merges, lanes);
    }

    /// Result of `blocks` blocks: what the counter holds, the shorter runs on the right.
    State total_of(Value blocks, int lanes) {
        return b.if_else(
            b.compare(TileOp::equal, blocks, w.integer(0)), [&] { return acc_.identity(lanes); },
            [&] {
                const Value lowest = b.binary(TileOp::bit_and, blocks, b.sub(w.integer(0), blocks));
                const Value start = highest_bit(b, lowest);
                return b.for_loop(
                    b.add(start, w.integer(1)), b.add(highest_bit(b, blocks), w.integer(1)), w.integer(1),
                    load_state(levels_, start, lanes),
                    [&](Value level, std::span<const Value> state) {
                        const State right(state.begin(), state.end());
                        const Value bit = b.binary(
                            TileOp::bit_and, b.binary(TileOp::shr_logical, blocks, level), w.integer(1));
                        return b.if_else(
                            b.compare(TileOp::equal, bit, w.integer(1)),
                            [&] { return acc_.combine(load_state(levels_, level, lanes), right); },
                            [&] { return right; });
                    },
                    1);
            });
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

    /// One reduction index, or several that dense tensors let us walk as one (then the schedule is `linear`):
    /// the last index counts all elements.
    State lanes_in_registers(Point at) {
        const int index = reduced_.back();
        for (const int i : reduced_) at.base[i] = w.integer(0);
        const int lanes = std::min(lanes_of(p, stage_, s_), lanes_partials);
        const int vectors = lanes_partials / lanes;
        const Value count = element_count();
        if (levels_.empty()) levels_ = private_states("levels", tree_levels, 1);
        const tile::Type numbers{DType::i64, static_cast<std::uint16_t>(lanes)};

        const auto take = [&](std::span<const Value> state, Value first, bool masked) {
            std::vector<Value> next;
            for (int v = 0; v < vectors; ++v) {
                Point here = at;
                here.base[index] = b.add(first, w.integer(v * lanes));
                if (lanes > 1) here.axis = index;
                here.lanes = lanes;
                Value mask{};
                if (masked) {
                    mask = lanes > 1 ? w.tail_mask(here.base[index], count, lanes)
                                     : b.compare(TileOp::less, here.base[index], count);
                    if (lanes > 1) here.mask = mask;
                }
                const Value number = acc_.parts() == 1 ? Value{}
                                     : lanes == 1
                                         ? here.base[index]
                                         : b.add(w.splat(here.base[index], lanes), b.lane_ids(numbers));
                append(next, masked && lanes == 1 ? take_if(part_of(state, v), here, number, mask)
                                                  : acc_.take(part_of(state, v), here, number, mask));
            }
            return next;
        };
        b.for_each(
            w.integer(0), count, w.integer(lanes_block),
            [&](Value low) {
                const Value high = b.binary(TileOp::min, b.add(low, w.integer(lanes_block)), count);
                const Value unit = w.integer(lanes_partials);
                const Value whole = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), unit), unit));
                std::vector<Value> state;
                for (int v = 0; v < vectors; ++v) append(state, acc_.identity(lanes));
                state = b.for_loop(
                    low, whole, unit, state,
                    [&](Value e, std::span<const Value> now) { return take(now, e, false); }, 1);
                state = b.if_else(
                    b.compare(TileOp::less, whole, high), [&] { return take(state, whole, true); },
                    [&] { return state; });
                std::vector<State> partials;
                for (int v = 0; v < vectors; ++v) partials.push_back(part_of(state, v));
                push_block(fold_partials(std::move(partials), lanes),
                           b.binary(TileOp::div, low, w.integer(lanes_block)), 1);
            },
            1);
        const Value blocks =
            b.binary(TileOp::div, b.add(count, w.integer(lanes_block - 1)), w.integer(lanes_block));
        return total_of(blocks, 1);
    }

    /// A scalar step that must not even be evaluated (it could read outside) where the condition fails.
    State take_if(const State& state, const Point& here, Value number, Value condition) {
        return b.if_else(
            condition, [&] { return acc_.take(state, here, number, {}); }, [&] { return state; });
    }

    /// The general form: partials in private memory, any number of reduction indices, with or without a free
    /// axis.
    State lanes_in_memory(const Point& at) {
        const int lanes = at.lanes;
        if (levels_.empty()) levels_ = private_states("levels", tree_levels, lanes);
        if (partials_.empty()) partials_ = private_states("partials", lanes_partials, lanes);
        const auto clear = [&] {
            b.for_each(
                w.integer(0), w.integer(lanes_partials), w.integer(1),
                [&](Value slot) { store_state(partials_, acc_.identity(lanes), slot, lanes); }, 1);
        };
        const auto close_block = [&](Value block) {
            for (int width = lanes_partials / 2; width >= 1; width /= 2)
                b.for_each(
                    w.integer(0), w.integer(width), w.integer(1),
                    [&](Value slot) {
                        const State low = load_state(partials_, slot, lanes);
                        const State high = load_state(partials_, b.add(slot, w.integer(width)), lanes);
                        store_state(partials_, acc_.combine(low, high), slot, lanes);
                    },
                    1);
            push_block(load_state(partials_, w.integer(0), lanes), block, lanes);
        };
        clear();
        walk(0, at, w.integer(0), {}, [&](const Point& here, Value number, std::span<const Value>) {
            const Value slot = b.binary(TileOp::bit_and, number, w.integer(lanes_partials - 1));
            store_state(partials_, acc_.take(load_state(partials_, slot, lanes), here, number, {}), slot,
                        lanes);
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
        return total_of(b.add(whole, b.convert(open, DType::i64)), lanes);
    }

    StageWriter& w;
    tile::Builder& b;
    const Program& p;
    const Stage& stage_;
    const Schedule& s_;
    Accumulator acc_;
    std::vector<int> reduced_;
    std::vector<int> levels_, partials_;
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
