// Order::lanes: the 64 partials of a block and their halving tree, in registers, in memory, or one by one.
#include "codegen/lower/reduction_writer.hpp"

#include <algorithm>

#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

Value ReductionWriter::element_count() {
    Value count = w.integer(1);
    for (const int i : reduced_) count = b.mul(count, w.extent(i));
    return count;
}

/// Partials as vectors, first lanes first: combines l with l + 32, l + 16, … l + 1.
ReductionWriter::State ReductionWriter::fold_partials(std::vector<State> vectors, int lanes) {
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

Value ReductionWriter::group_count(Value blocks) {
    return b.binary(TileOp::div, b.add(blocks, w.integer(s_.group - 1)), w.integer(s_.group));
}

Value ReductionWriter::block_count(Value elements) {
    return b.binary(TileOp::div, b.add(elements, w.integer(lanes_block - 1)), w.integer(lanes_block));
}

/// The tree of this kernel; one serves all outputs.
BlockTree& ReductionWriter::tree(int lanes) {
    if (!tree_) tree_.emplace(w, acc_, lanes, "levels");
    return *tree_;
}

/// Result of the block that begins at element `low`, with the partials in registers. Where products want a
/// guard, it looks at all of them; what it finds wrong is computed again.
ReductionWriter::State ReductionWriter::block_in_registers(const Point& at, Value low, Value count) {
    const int lanes = std::min(lanes_of(p, stage_, s_), lanes_partials);
    const int vectors = lanes_partials / lanes;
    const auto guard = lanes > 1 ? acc_.guard() : std::nullopt;
    std::vector<Value> state = partials_in_registers(at, low, count, guard ? &*guard : nullptr);
    if (guard) {
        const auto least = std::span(state).subspan(static_cast<std::size_t>(vectors));
        const Value wrong = guard->were_wrong(least, 1);
        state.resize(static_cast<std::size_t>(vectors));
        state = b.if_else(
            wrong, [&] { return partials_in_registers(at, low, count, nullptr); }, [&] { return state; });
    }
    std::vector<State> partials;
    for (int v = 0; v < vectors; ++v) partials.push_back(part_of(state, v));
    return fold_partials(std::move(partials), lanes);
}

/// The block's partials, and behind them what the guard carries. One reduction index, or several that dense
/// tensors let us walk as one (then the schedule is `linear`): the last index counts all elements.
std::vector<Value> ReductionWriter::partials_in_registers(Point at, Value low, Value count,
                                                          const FlushGuard* guard) {
    const int index = reduced_.back();
    for (const int i : reduced_) at.base[i] = w.integer(0);
    const int lanes = std::min(lanes_of(p, stage_, s_), lanes_partials);
    const int vectors = lanes_partials / lanes;
    const auto stand = [&](Value first, int v) {
        Point here = at;
        here.base[index] = b.add(first, w.integer(v * lanes));
        here.axis = lanes > 1 ? index : -1;
        here.lanes = lanes;
        return here;
    };
    const auto number = [&](const Point& here) {
        if (lanes == 1 || acc_.parts() == 1) return here.base[index];
        return b.add(w.splat(here.base[index], lanes), w.lane_numbers(lanes));
    };
    // A thread's loads are in flight together only where they stand side by side, ahead of what may branch.
    const auto take_at = [&](std::span<const Value> before, const std::vector<Point>& points) {
        std::vector<Accumulator::Body> bodies;
        for (const Point& here : points) bodies.push_back(acc_.body_at(here, lanes));
        std::vector<Value> next(before.begin(), before.end());
        acc_.set_flush_safe(guard != nullptr);
        for (std::size_t n = 0; n < points.size(); ++n) {
            const auto partial = next.begin() + static_cast<std::ptrdiff_t>(n) % vectors *
                                                    static_cast<std::ptrdiff_t>(acc_.parts());
            const State state(partial, partial + acc_.parts());
            const State after = acc_.take(state, bodies[n], number(points[n]), points[n].mask);
            std::copy(after.begin(), after.end(), partial);
        }
        acc_.set_flush_safe(false);
        if (guard == nullptr) return next;
        FlushGuard::Values of_a, of_b;
        for (const Accumulator::Body& body : bodies) {
            of_a.push_back(body[0]);
            of_b.push_back(body[1]);
        }
        const auto looked = next.begin() + vectors;
        const FlushGuard::Values least = guard->with({looked, next.end()}, of_a, of_b);
        std::copy(least.begin(), least.end(), looked);
        return next;
    };
    const auto take = [&](std::span<const Value> before, Value first, int copies) {
        std::vector<Point> points;
        for (int n = 0; n < copies * vectors; ++n) points.push_back(stand(first, n));
        return take_at(before, points);
    };
    const auto take_rest = [&](std::span<const Value> state, Value first) {
        std::vector<Point> points;
        for (int v = 0; v < vectors; ++v) {
            points.push_back(stand(first, v));
            if (lanes > 1) points.back().mask = w.tail_mask(points.back().base[index], count, lanes);
        }
        if (lanes > 1) return take_at(state, points);
        std::vector<Value> next;
        for (int v = 0; v < vectors; ++v)
            append(next, take_below(part_of(state, v), points[static_cast<std::size_t>(v)], count));
        return next;
    };
    const Value high = b.binary(TileOp::min, b.add(low, w.integer(lanes_block)), count);
    const Value unit = w.integer(lanes_partials);
    const Value whole = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), unit), unit));
    std::vector<Value> state;
    for (int v = 0; v < vectors; ++v) append(state, acc_.identity(lanes));
    if (guard != nullptr) append(state, guard->initial(lanes, lanes));
    const auto steps = [&](Value from, Value to, int copies) {
        const Value step = w.integer(static_cast<std::int64_t>(copies) * lanes_partials);
        state = w.for_loop(
            from, to, step, state, [&](Value e, std::span<const Value> now) { return take(now, e, copies); },
            1);
    };
    Value rest = low;
    if (s_.threads > 0 && s_.unroll > 1) {
        const Value several = w.integer(static_cast<std::int64_t>(s_.unroll) * lanes_partials);
        rest = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), several), several));
        steps(low, rest, s_.unroll);
    }
    steps(rest, whole, 1);
    return b.if_else(
        b.compare(TileOp::less, whole, high), [&] { return take_rest(state, whole); }, [&] { return state; });
}

/// A scalar step for the element at the last index, left out where that is `count` or more: the element
/// must not even be read.
ReductionWriter::State ReductionWriter::take_below(const State& state, const Point& here, Value count) {
    const Value number = here.base[reduced_.back()];
    return b.if_else(
        b.compare(TileOp::less, number, count), [&] { return acc_.take(state, here, number, {}); },
        [&] { return state; });
}

ReductionWriter::State ReductionWriter::lanes_in_registers(const Point& at) {
    const Value count = element_count();
    tree(1);  // its buffers belong to the kernel, not to the loop
    if (s_.members > 1) {
        // An aligned group of blocks is a subtree.
        blocks_of_group();
        const Value groups = b.binary(TileOp::div, b.add(block_count(count), w.integer(s_.members - 1)),
                                      w.integer(s_.members));
        w.for_each(
            w.integer(0), groups, w.integer(1),
            [&](Value group) { tree(1).push(group_of_members(at, group, count), group); }, 1);
        return tree(1).total(groups);
    }
    w.for_each(
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
ReductionWriter::State ReductionWriter::lanes_in_memory(const Point& at) {
    const int lanes = at.lanes;
    tree(lanes);
    if (!partials_) partials_.emplace(w, acc_, "partials", lanes_partials, lanes);
    const auto clear = [&] {
        w.for_each(
            w.integer(0), w.integer(lanes_partials), w.integer(1),
            [&](Value slot) { partials_->store(acc_.identity(lanes), slot); }, 1);
    };
    const auto close_block = [&](Value block) {
        for (int width = lanes_partials / 2; width >= 1; width /= 2)
            w.for_each(
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
    return tree(lanes).total(b.add(whole, b.convert(open, w.index_type())));
}

/// Partials one after the other, each from its first element to its last, in the order 0, 32, 16, 48, 8 …
/// (the bits of a counter reversed): the halving tree then merges neighbours, as the binary counter of a
/// BlockTree does. The accumulator stays in a register; neighbouring lanes read neighbouring elements
/// wherever the tensors let them.
ReductionWriter::State ReductionWriter::lanes_one_by_one(const Point& at) {
    const int lanes = at.lanes;
    tree(lanes);
    BlockTree halves(w, acc_, lanes, "halves", 7);
    const Value count = element_count();
    const Value unit = w.integer(lanes_partials), one = w.integer(1);
    w.for_each(
        w.integer(0), count, w.integer(lanes_block),
        [&](Value low) {
            const Value high = b.binary(TileOp::min, b.add(low, w.integer(lanes_block)), count);
            w.for_each(
                w.integer(0), unit, one,
                [&](Value turn) {
                    Value partial = w.integer(0);
                    for (int bit = 0; bit < 6; ++bit) {
                        const Value set =
                            b.binary(TileOp::bit_and, b.binary(TileOp::shr, turn, w.integer(bit)), one);
                        partial = b.add(partial, b.mul(set, w.integer(std::int64_t(32) >> bit)));
                    }
                    const State state = w.for_loop(
                        b.add(low, partial), high, unit, acc_.identity(lanes),
                        [&](Value number, std::span<const Value> carried) {
                            Point here = at;
                            w.bind_flat(number, reduced_, here);
                            return acc_.take(State(carried.begin(), carried.end()), here, number, {});
                        },
                        4);
                    halves.push(state, turn);
                },
                1);
            tree(lanes).push(halves.total(unit), b.binary(TileOp::div, low, w.integer(lanes_block)));
        },
        1);
    return tree(lanes).total(block_count(count));
}

}  // namespace sporkle::codegen
