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
    if (s_.members > 1) {
        const State state = group_of_members(at, group, count);
        b.if_then(b.compare(TileOp::equal, b.member_id(), b.integer(0)), [&] { results.store(state, slot); });
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

/// Where members put the results of their blocks; one serves all groups.
StateArray& ReductionWriter::blocks_of_group() {
    if (!blocks_) blocks_ = StateArray::in_shared_memory(w, acc_, "blocks_of_group", s_.members);
    return *blocks_;
}

/// A group whose members have a block each. The result is every member's.
ReductionWriter::State ReductionWriter::group_of_members(const Point& at, Value group, Value count) {
    StateArray& blocks = blocks_of_group();
    const Value member = w.narrow(b.member_id());
    const Value first = b.mul(group, w.integer(s_.members));
    const Value low = b.mul(b.add(first, member), w.integer(lanes_block));
    blocks.store(block_in_registers(at, b.binary(TileOp::min, low, count), count), member);
    b.barrier();
    std::vector<State> states;
    for (int n = 0; n < s_.members; ++n) states.push_back(blocks.load(w.integer(n)));
    const Value present = b.sub(block_count(count), first);
    return pairwise(std::move(states), [&](int n) { return b.compare(TileOp::less, w.integer(n), present); });
}

/// States of neighbouring blocks, of which the last may be missing: where the right half of a pair is empty
/// the left one is the result.
ReductionWriter::State ReductionWriter::pairwise(std::vector<State> states,
                                                 const std::function<Value(int)>& is_there) {
    const auto count = static_cast<int>(states.size());
    for (int width = 1; width < count; width *= 2)
        for (int n = 0; n + width < count; n += 2 * width)
            join(states[static_cast<std::size_t>(n)], states[static_cast<std::size_t>(n + width)],
                 is_there(n + width));
    return states[0];
}

void ReductionWriter::join(State& left, const State& right, Value right_is_there) {
    const State both = acc_.combine(left, right);
    for (std::size_t part = 0; part < left.size(); ++part)
        left[part] = b.select(right_is_there, both[part], left[part]);
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

/// Each lane combines an aligned run of results, a power of two, several of them at a time, then lanes are
/// combined pairwise through shared memory.
ReductionWriter::State ReductionWriter::combine_in_parallel(Value first, Value count, StateArray& results) {
    constexpr int several = 4;
    const int lanes = s_.lanes;
    const Value one = w.integer(1), ids = w.lane_numbers(lanes);
    StateArray exchange = StateArray::in_shared_memory(w, acc_, "exchange", lanes);
    BlockTree runs(w, acc_, lanes, "runs");
    const auto combined = [&] {
        const Value all = w.integer(std::int64_t{several} * lanes);
        const Value share = b.binary(TileOp::div, b.add(count, b.sub(all, one)), all);
        const Value level = highest_bit(w, b.sub(b.add(share, share), one));  // of the power of two above
        const Value turns = b.binary(TileOp::shl, one, level), run = b.mul(turns, w.integer(several));
        const Value begin = b.mul(ids, run), last = w.splat(b.sub(count, one), lanes);
        const auto exists = [&](Value number) {
            return b.compare(TileOp::less, b.add(begin, number), w.splat(count, lanes));
        };
        const auto number = [&](Value turn, int n) {
            return b.add(b.mul(turn, w.integer(several)), w.integer(n));
        };
        w.for_each(
            w.integer(0), turns, one,
            [&](Value turn) {
                std::vector<State> states;
                for (int n = 0; n < several; ++n) {
                    // Lanes without a result read the last one: loads behind branches would take turns.
                    const Value slot = b.binary(TileOp::min, b.add(begin, number(turn, n)), last);
                    states.push_back(results.gather(b.add(slot, first), {}));
                }
                const State state =
                    pairwise(std::move(states), [&](int n) { return exists(number(turn, n)); });
                runs.push(state, turn, [&](Value earlier) { return exists(number(earlier, 0)); });
            },
            1);
        State state = runs.at_level(level);
        const Value used = b.binary(TileOp::div, b.add(count, b.sub(run, one)), run);
        for (int distance = 1; distance < lanes; distance *= 2) {
            exchange.store_vector(state);
            const Value there =
                b.compare(TileOp::less, b.add(ids, w.integer(distance)), w.splat(used, lanes));
            join(state, exchange.load_vector(w.integer(distance), lanes, there), there);
        }
        State result;
        for (const Value v : state) result.push_back(b.extract(v, 0));
        return result;
    };
    return b.if_else(
        b.compare(TileOp::equal, count, w.integer(0)), [&] { return acc_.identity(1); }, combined);
}

}  // namespace sporkle::codegen
