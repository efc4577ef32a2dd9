#include "codegen/lower/spread_staging.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include <sporkle/error.hpp>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

void append(std::vector<Value>& to, const std::vector<Value>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

bool is_staged_along_steps(const Program& p, const Stage& stage, int factor) {
    const auto free = free_indices(p);
    const int other = factor == stage.factor_a ? stage.factor_b : stage.factor_a;
    int output = -1;  // the last one
    for (const int i : stage.free)
        if (contains(free[static_cast<std::size_t>(factor)], i) &&
            !contains(free[static_cast<std::size_t>(other)], i))
            output = i;
    const IndexSet steps = index_set(stage.reduction);
    int along_steps = 0, along_outputs = 0;
    for (const int number : accesses_below(p, factor)) {
        const Access& a = p.accesses[number];
        const int last = p.tensors[a.tensor].rank - 1;
        for (int t = 0; last >= 0 && t < a.subscripts[last].count; ++t) {
            const int index = a.subscripts[last].terms[t].index;
            along_steps += contains(steps, index);
            along_outputs += index == output;
        }
    }
    return along_steps > along_outputs;
}

SpreadStaging::SpreadStaging(StageWriter& writer, const Stage& stage, const Schedule& schedule)
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
    describe(rows_, stage.factor_a, s_.block_m);
    describe(columns_, stage.factor_b, s_.block_n);
}

void SpreadStaging::describe(Panel& panel, int factor, std::int64_t block) {
    panel.factor = factor;
    panel.dtype = p.nodes[factor].dtype;
    panel.block = block;
    panel.lanes = s_.threads;
    panel.steps_first = is_staged_along_steps(p, stage_, factor);
    panel.pitch = block;
    panel.copies = is_stream() ? 1 : 2;
}

void SpreadStaging::assume_whole_blocks(int lanes) {
    w.align_vectors(lanes, false);
    w.assume_extent_multiple(columns_.outputs[0], s_.block_n);
    w.assume_extent_multiple(rows_.outputs[0], s_.block_m);
    w.assume_extent_multiple(reduced_[0], s_.block_k);
    if (s_.trailing) w.assume_not_empty(reduced_[0]);
    for (const int index : {columns_.outputs[0], rows_.outputs[0], reduced_[0]})
        assume_unit_strides(w, stage_, index);
}

void SpreadStaging::begin(Formula grid[3]) {
    grid[0] = {{{1, {extent_product(w.block(), columns_.outputs, s_.block_n)}}}};
    grid[1] = {{{1, {extent_product(w.block(), rows_.outputs, s_.block_m)}}}};
    if (!outer_.empty()) {
        grid[2] = {{{1, {extent_product(w.block(), outer_)}}}};
        w.bind_flat(w.grid(2), outer_, at_);
    }
    declare(columns_, w.grid(0), "columns");
    declare(rows_, w.grid(1), "rows");
    member_ = w.narrow(b.member_id());
    const auto [row, column] = split(member_, s_.block_n / s_.tile_n);
    row_in_block_ = b.mul(row, w.integer(s_.tile_m));
    column_in_block_ = b.mul(column, w.integer(s_.tile_n));
    steps_ = w.extent_product(reduced_);
}

void SpreadStaging::declare(Panel& panel, Value number, const char* name) {
    tile::Buffer buffer;
    buffer.name = name;
    buffer.space = tile::Space::shared;
    buffer.dtype = panel.dtype;
    buffer.size = panel.copies * half_elements(panel);
    buffer.writable = true;
    buffer.explicit_barriers = true;
    panel.buffer = b.add_buffer(buffer);
    panel.low = b.mul(number, w.integer(panel.block));
    panel.total = w.extent_product(panel.outputs);
}

int SpreadStaging::shares(const Panel& panel) const {
    const std::int64_t vectors = s_.block_k * panel.block / panel.lanes;
    if (vectors % s_.members != 0 || s_.block_k * panel.block % panel.lanes != 0)
        throw Error(ErrorCode::unsupported,
                    "schedule '" + s_.name + "': its members cannot share the staging of a block equally");
    return static_cast<int>(vectors / s_.members);
}

SpreadStaging::Spot SpreadStaging::spot(const Panel& panel, int share) {
    if (!stand_apart(panel)) {
        const auto [step, vector] = split_share(share, member_, s_.members, panel.block / panel.lanes);
        return {step, b.mul(vector, w.integer(panel.lanes))};
    }
    const Value own = b.add(b.mul(member_, w.integer(panel.lanes)), w.lane_numbers(panel.lanes));
    const auto [line, place] =
        split_share(share / panel.together, own, std::int64_t{s_.members} * panel.lanes,
                    panel.steps_first ? s_.block_k : panel.block);
    if (!panel.steps_first) return {line, place};
    return {place, b.add(b.mul(line, w.integer(panel.together)), w.integer(share % panel.together))};
}

std::pair<Value, Value> SpreadStaging::split_share(int share, Value own, std::int64_t count,
                                                   std::int64_t unit) {
    const std::int64_t ahead = share * count;
    if (count < unit) return {w.integer(ahead / unit), b.add(own, w.integer(ahead % unit))};
    const auto [quotient, remainder] = split(own, unit);
    return {b.add(quotient, w.integer(ahead / unit)), remainder};
}

std::pair<Value, Value> SpreadStaging::split(Value number, std::int64_t unit) {
    const int shift = std::countr_zero(static_cast<std::uint64_t>(unit));
    const Value quotient = b.binary(TileOp::shr, number, w.integer(shift));
    return {quotient, b.binary(TileOp::bit_and, number, w.integer(unit - 1))};
}

Value SpreadStaging::clamped(Value number, Value total) {
    return s_.aligned ? number : b.binary(TileOp::min, number, b.sub(total, w.integer(1)));
}

Value SpreadStaging::place(const Panel& panel, Value step, Value output) {
    const Value line = panel.output_lines ? output : step, in_line = panel.output_lines ? step : output;
    return b.add(b.mul(line, w.integer(panel.pitch)), in_line);
}

/// Reads a member's share of the block that begins at step `low`.
SpreadStaging::Values SpreadStaging::fetch(const Panel& panel, Value low, bool padded) {
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
            const Value output = stand_apart(panel) ? first : b.add(w.lane_numbers(panel.lanes), first);
            w.bind_flat(clamped(output, panel.total), panel.outputs, at);
        }
        const Value number = b.add(low, spot.step), step = clamped(number, steps_);
        if (panel.linear) {
            for (const int i : reduced_) at.base[i] = w.integer(0);
            at.base[reduced_.back()] = step;
        } else {
            w.bind_flat(step, reduced_, at);
        }
        at.run = panel.run;
        at.run_index = panel.steps_first ? reduced_.back() : panel.outputs.back();
        auto memo = w.memo();
        const Value value = panel.access >= 0 ? w.load_stored(p.accesses[panel.access], at)
                                              : w.evaluate(panel.factor, at, memo);
        result.push_back(w.splat(value, panel.lanes));
        if (padded) {
            const Value exists = w.splat(b.compare(TileOp::less, number, steps_), panel.lanes);
            const Value nothing = b.constant_bits(b.type_of(result.back()), 0);
            result.back() = b.select(exists, result.back(), nothing);
        }
    }
    return result;
}

/// Puts what `fetch` read into a half of the panel that begins at element `half`.
void SpreadStaging::put(const Panel& panel, const Values& values, Value half) {
    for (int share = 0; share < shares(panel); ++share) {
        const Spot spot = this->spot(panel, share);
        const Value element = b.add(half, place(panel, spot.step, spot.output));
        const Value value = values[static_cast<std::size_t>(share)];
        const auto alignment = [&](int neighbours) {
            return std::min(neighbours * size_of(panel.dtype), shared_alignment);
        };
        // Neighbours in the tensor lie on lines of their own where the panel is turned.
        const int run = panel.output_lines == panel.steps_first ? panel.run : 1;
        if (stand_apart(panel))
            b.scatter(panel.buffer, value, w.wide(element), {}, run, run > 1 ? alignment(run) : 0);
        else
            b.store(panel.buffer, value, w.wide(element), {}, false, alignment(panel.lanes / s_.threads));
    }
}

SpreadStaging::Staged SpreadStaging::fetch(Value low, bool padded) {
    return {fetch(rows_, low, padded), fetch(columns_, low, padded)};
}

void SpreadStaging::put(const Staged& staged, Value parity) {
    put(rows_, staged.a, half_of(rows_, parity));
    put(columns_, staged.b, half_of(columns_, parity));
}

SpreadStaging::Values SpreadStaging::all_blocks(const Values& zeros, bool padded,
                                                const Accumulate& accumulate) {
    const Value block = w.integer(s_.block_k), zero = w.integer(0), one = w.integer(1);
    const auto pipeline = [&] {
        put(fetch(zero, padded), zero);
        b.barrier();
        // Each block in the loop has the next one on its way; the last one follows behind it.
        const Value rounded = padded ? b.add(steps_, w.integer(s_.block_k - 1)) : steps_;
        const Value turns = b.sub(split(rounded, s_.block_k).first, one);
        const auto sums = w.for_loop(
            zero, turns, one, zeros,
            [&](Value number, std::span<const Value> before) {
                const Value parity = b.binary(TileOp::bit_and, number, one);
                const Staged staged = fetch(b.mul(b.add(number, one), block), padded);
                const Values after = accumulate(before, parity);
                put(staged, b.binary(TileOp::bit_xor, parity, one));
                b.barrier();
                return after;
            },
            1);
        return accumulate(sums, b.binary(TileOp::bit_and, turns, one));
    };
    return b.if_else(b.compare(TileOp::greater, steps_, zero), pipeline, [&] { return zeros; });
}

SpreadStaging::Values SpreadStaging::look_at(std::span<const Value> so_far, const Staged& staged) const {
    return guard_ ? guard_->with(so_far, staged.a, staged.b) : Values{};
}

SpreadStaging::Values SpreadStaging::steps_of(Value first, Value end, Value parity,
                                              std::span<const Value> sums, const Load& load,
                                              const Multiply& multiply) {
    return w.for_loop(first, end, w.integer(1), sums, [&](Value step, std::span<const Value> so_far) {
        return multiply(load(parity, step), so_far);
    });
}

SpreadStaging::Values SpreadStaging::trailing_blocks(const Values& zeros, const Load& load,
                                                     const Multiply& multiply) {
    const Value zero = w.integer(0), one = w.integer(1), block = w.integer(s_.block_k),
                last_step = w.integer(s_.block_k - 1);
    Values looked;
    if (guard_) looked = guard_->initial(rows_.lanes, columns_.lanes);
    const Value whole = split(steps_, s_.block_k).first, last = b.sub(whole, one);
    const Staged begin = fetch(zero, false);
    put(begin, zero);
    Values initial = zeros;
    append(initial, look_at(looked, begin));
    b.barrier();
    // Carried: sums, the guard's values, the last factors of the block behind, the first ones of this block.
    // Ahead of the first block that step is 0 · 0 + 0.
    const std::size_t looking = zeros.size() + looked.size();
    const Values first = load(zero, zero);
    for (const Value factor : first) initial.push_back(b.constant_bits(b.type_of(factor), 0));
    append(initial, first);
    const auto factors_behind = [&](std::span<const Value> now) {
        return now.subspan(looking, first.size());
    };
    const auto carried = w.for_loop(
        zero, whole, one, initial,
        [&](Value number, std::span<const Value> before) {
            const Value parity = b.binary(TileOp::bit_and, number, one);
            const Value other = b.binary(TileOp::bit_xor, parity, one);
            // Behind the last block it is staged once more.
            const Value next = b.binary(TileOp::min, b.add(number, one), last);
            const Staged staged = fetch(b.mul(next, block), false);
            Values sums = multiply(factors_behind(before), before.first(zeros.size()));
            sums = multiply(before.subspan(looking + first.size()), sums);
            sums = steps_of(one, last_step, parity, sums, load, multiply);
            const Values factors = load(parity, last_step);
            put(staged, other);
            append(sums, look_at(before.subspan(zeros.size(), looked.size()), staged));
            b.barrier();
            append(sums, factors);
            append(sums, load(other, zero));
            return sums;
        },
        1);
    const std::span<const Value> now = carried;
    Values sums = multiply(factors_behind(now), now.first(zeros.size()));
    for (const Value value : now.subspan(zeros.size(), looked.size())) sums.push_back(value);
    return sums;
}

SpreadStaging::Values SpreadStaging::all_blocks_by_steps(const Values& zeros, const Load& load,
                                                         const Multiply& multiply) {
    if (s_.trailing) return trailing_blocks(zeros, load, multiply);
    const Value zero = w.integer(0), one = w.integer(1), block = w.integer(s_.block_k),
                last_step = w.integer(s_.block_k - 1);
    const auto sums_of = [&](std::span<const Value> carried) { return carried.first(zeros.size()); };
    Values looked;
    if (guard_) looked = guard_->initial(rows_.lanes, columns_.lanes);
    const auto multiply_steps = [&](Value first, Value end, Value parity, std::span<const Value> sums) {
        return steps_of(first, end, parity, sums, load, multiply);
    };
    const bool ahead = s_.aligned;  // elsewhere it is more code than it is worth
    const auto pipeline = [&] {
        const Staged staged = fetch(zero, false);
        put(staged, zero);
        Values initial = zeros;
        append(initial, look_at(looked, staged));
        b.barrier();
        if (ahead) append(initial, load(zero, zero));
        const Value whole = split(steps_, s_.block_k).first, last = b.sub(whole, one);
        const std::size_t looking = zeros.size() + looked.size();
        const auto carried = w.for_loop(
            zero, whole, one, initial,
            [&](Value number, std::span<const Value> before) {
                const Value parity = b.binary(TileOp::bit_and, number, one);
                const Value other = b.binary(TileOp::bit_xor, parity, one);
                // Behind the last block it is staged once more where all are whole; else steps are clamped.
                Value next = b.add(number, one);
                if (s_.aligned) next = b.binary(TileOp::min, next, last);
                const Staged staged = fetch(b.mul(next, block), false);
                const auto so_far = sums_of(before);
                Values sums =
                    ahead ? multiply_steps(one, last_step, parity, multiply(before.subspan(looking), so_far))
                          : multiply_steps(zero, block, parity, so_far);
                put(staged, other);
                const Values factors = ahead ? load(parity, last_step) : Values{};
                const Values after = look_at(before.subspan(zeros.size(), looked.size()), staged);
                b.barrier();
                const Values first = ahead ? load(other, zero) : Values{};
                if (ahead) sums = multiply(factors, sums);
                append(sums, after);
                append(sums, first);
                return sums;
            },
            1);
        Values result(carried.begin(), carried.begin() + static_cast<std::ptrdiff_t>(looking));
        if (s_.aligned) return result;
        const Values sums = multiply_steps(zero, b.sub(steps_, b.mul(whole, block)),
                                           b.binary(TileOp::bit_and, whole, one), sums_of(carried));
        std::copy(sums.begin(), sums.end(), result.begin());
        return result;
    };
    Values none = zeros;
    append(none, looked);
    return b.if_else(b.compare(TileOp::greater, steps_, zero), pipeline, [&] { return none; });
}

}  // namespace sporkle::codegen
