// Order::lanes with the blocks of one output as tasks: what a task leaves, and how that is combined.
#include <algorithm>

#include "codegen/lower/reduction_writer.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

void ReductionWriter::write_group(const Point& at, Value output, Value group, int first_word) {
    const Value count = element_count();
    StateArray results(w, acc_, "blocks", first_word);
    const Value slot = b.add(b.mul(output, group_count(block_count(count))), group);
    if (s_.group == 1) {
        results.store(block_in_registers(at, b.mul(group, w.integer(lanes_block)), count), slot);
        return;
    }
    // Groups are aligned powers of two, so each is a subtree of the whole.
    const Value elements = w.integer(static_cast<std::int64_t>(s_.group) * lanes_block);
    const Value first = b.mul(group, elements);
    const Value high = b.binary(TileOp::min, b.add(first, elements), count);
    tree(1);
    w.for_each(
        first, high, w.integer(lanes_block),
        [&](Value low) {
            tree(1).push(block_in_registers(at, low, count),
                         b.binary(TileOp::div, b.sub(low, first), w.integer(lanes_block)));
        },
        1);
    results.store(tree(1).total(block_count(b.sub(high, first))), slot);
}

void ReductionWriter::write_combined(const Point& at, Value output, int first_word) {
    const Value groups = group_count(block_count(element_count()));
    StateArray results(w, acc_, "blocks", first_word);
    const Value first = b.mul(output, groups);
    finish(at, s_.threads > 0 ? combine_in_parallel(first, groups, results)
                              : combine_in_turn(first, groups, results));
}

ReductionWriter::State ReductionWriter::combine_in_turn(Value first, Value count, StateArray& results) {
    tree(1);
    w.for_each(
        w.integer(0), count, w.integer(1),
        [&](Value number) { tree(1).push(results.load(b.add(first, number)), number); }, 1);
    return tree(1).total(count);
}

/// Each lane combines an aligned run of 2^c results, then lanes are combined pairwise through shared memory.
/// Where the right half of a pair is empty the left one is the result: that is the balanced tree of `count`
/// results.
ReductionWriter::State ReductionWriter::combine_in_parallel(Value first, Value count, StateArray& results) {
    const int lanes = s_.lanes;
    const Value one = w.integer(1), ids = w.lane_numbers(lanes);
    StateArray exchange = StateArray::in_shared_memory(w, acc_, "exchange", lanes);
    BlockTree runs(w, acc_, lanes, "runs");
    const auto combined = [&] {
        const Value all = w.integer(lanes);
        const Value share = b.binary(TileOp::div, b.add(count, b.sub(all, one)), all);
        const Value level = highest_bit(w, b.sub(b.add(share, share), one));  // of the power of two above
        const Value run = b.binary(TileOp::shl, one, level);
        const Value begin = b.mul(ids, run);
        const auto exists = [&](Value number) {
            return b.compare(TileOp::less, b.add(begin, number), w.splat(count, lanes));
        };
        w.for_each(
            w.integer(0), run, one,
            [&](Value number) {
                const Value slot = b.add(begin, b.add(first, number));
                runs.push(results.gather(slot, exists(number)), number, exists);
            },
            1);
        State state = runs.at_level(level);
        const Value used = b.binary(TileOp::div, b.add(count, b.sub(run, one)), run);
        for (int distance = 1; distance < lanes; distance *= 2) {
            exchange.store_vector(state);
            const Value there =
                b.compare(TileOp::less, b.add(ids, w.integer(distance)), w.splat(used, lanes));
            const State right = exchange.load_vector(w.integer(distance), lanes, there);
            const State both = acc_.combine(state, right);
            for (std::size_t part = 0; part < state.size(); ++part)
                state[part] = b.select(there, both[part], state[part]);
        }
        State result;
        for (const Value v : state) result.push_back(b.extract(v, 0));
        return result;
    };
    return b.if_else(
        b.compare(TileOp::equal, count, w.integer(0)), [&] { return acc_.identity(1); }, combined);
}

}  // namespace sporkle::codegen
