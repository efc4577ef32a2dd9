// Sums of products with few rows: next to no arithmetic, one pass over factor b. Bandwidth wants as much on
// its way as latency times bandwidth, for each compute unit about 32 KiB, which is more than shared memory
// has room for beside what is being summed. So the next two blocks are on their way in registers, spread over
// many members, of which few have a tile. The turns of two blocks are written as one, since a register that
// is waited for cannot be moved to another.
#include "codegen/lower/spread_staging.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {
constexpr int steps_together = 4;  ///< whose factors are on their way from shared memory

void append(std::vector<Value>& to, const std::vector<Value>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Value SpreadStaging::has_tile() {
    const Value in_block = b.compare(TileOp::less, member_, w.integer(tiles()));
    const Value exists = b.compare(TileOp::less, b.add(rows_.low, row_in_block_), rows_.total);
    return b.binary(TileOp::bit_and, in_block, exists);
}

SpreadStaging::Values SpreadStaging::all_blocks_in_stream(const Values& zeros, const Load& load,
                                                          const Multiply& multiply) {
    const Value zero = w.integer(0), one = w.integer(1), block = w.integer(s_.block_k);
    const auto of_a = static_cast<std::ptrdiff_t>(shares(rows_));
    Values looked;
    if (guard_) looked = guard_->initial(rows_.lanes, columns_.lanes);
    const auto fetch_values = [&](Value number) {
        Staged staged = fetch(b.mul(number, block), false);
        append(staged.a, staged.b);
        return staged.a;
    };
    const auto staged_of = [&](std::span<const Value> values) {
        const auto middle = values.begin() + of_a;
        return Staged{{values.begin(), middle}, {middle, values.end()}};
    };
    const auto look_at = [&](std::span<const Value> so_far, const Staged& staged) {
        return guard_ ? guard_->with(so_far, staged.a, staged.b) : Values{};
    };
    const Value sums_here = has_tile();
    // All steps of a block: while a few are multiplied, the next few are on their way from shared memory.
    const auto sum_whole = [&](std::span<const Value> before) {
        const auto load_few = [&](Value first) {
            Values factors;
            for (int n = 0; n < steps_together; ++n) append(factors, load(zero, b.add(first, w.integer(n))));
            return factors;
        };
        const auto multiply_few = [&](std::span<const Value> factors, std::span<const Value> sums) {
            Values result(sums.begin(), sums.end());
            const std::size_t of_step = factors.size() / steps_together;
            for (std::size_t n = 0; n < steps_together; ++n)
                result = multiply(factors.subspan(n * of_step, of_step), result);
            return result;
        };
        Values initial(before.begin(), before.end());
        append(initial, load_few(zero));
        const Values carried = w.for_loop(
            w.integer(steps_together), block, w.integer(steps_together), initial,
            [&](Value first, std::span<const Value> now) {
                const Values next = load_few(first);
                Values after = multiply_few(now.subspan(zeros.size()), now.first(zeros.size()));
                append(after, next);
                return after;
            },
            1);
        const std::span<const Value> all(carried);
        return multiply_few(all.subspan(zeros.size()), all.first(zeros.size()));
    };
    // Adds the steps of the staged block with this number, if there is one.
    const auto sum = [&](Value number, std::span<const Value> before) {
        const Value rest = b.sub(steps_, b.mul(number, block));
        const auto sum_rest = [&] {
            return w.for_loop(
                zero, rest, one, before,
                [&](Value step, std::span<const Value> so_far) { return multiply(load(zero, step), so_far); },
                1);
        };
        return b.if_else(
            sums_here,
            [&] {
                return b.if_else(b.compare(TileOp::less, rest, block), sum_rest,
                                 [&] { return sum_whole(before); });
            },
            [&] { return Values(before.begin(), before.end()); });
    };
    // A turn: sums the staged block, while the one after the next sets out, and stages the next.
    const auto turn = [&](Value number, Values& sums, Values& least, std::span<const Value> next) {
        const Values after_next = fetch_values(b.add(number, w.integer(2)));
        sums = sum(number, sums);
        b.barrier();
        const Staged staged = staged_of(next);
        put(staged, zero);
        least = look_at(least, staged);
        b.barrier();
        return after_next;
    };
    const auto stream = [&] {
        const Staged staged = staged_of(fetch_values(zero));
        put(staged, zero);
        Values carried = zeros;
        append(carried, look_at(looked, staged));
        append(carried, fetch_values(one));
        b.barrier();
        const Value blocks = split(b.add(steps_, b.sub(block, one)), s_.block_k).first;
        const std::size_t kept = zeros.size() + looked.size();
        const auto result = w.for_loop(
            zero, blocks, w.integer(2), carried,
            [&](Value number, std::span<const Value> before) {
                Values sums(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(zeros.size()));
                const auto so_far = before.subspan(zeros.size(), looked.size());
                Values least(so_far.begin(), so_far.end());
                const Values third = turn(number, sums, least, before.subspan(kept));
                const Values fourth = turn(b.add(number, one), sums, least, third);
                append(sums, least);
                append(sums, fourth);
                return sums;
            },
            1);
        return Values(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(kept));
    };
    Values none = zeros;
    append(none, looked);
    return b.if_else(b.compare(TileOp::greater, steps_, zero), stream, [&] { return none; });
}

}  // namespace sporkle::codegen
