#include "codegen/lower/tap_staging.hpp"

#include <algorithm>

#include "codegen/lower/channel_copy.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

/// The access that a factor is, bare or converted; null where it is anything else.
const Access* access_of(const Program& p, int node) {
    if (p.nodes[node].op == Op::cast) node = p.nodes[node].a;
    return p.nodes[node].op == Op::access ? &p.accesses[p.nodes[node].ref] : nullptr;
}

/// The index that stands alone in the last subscript and nowhere else, or -1.
int last_index(const Program& p, const Access& access) {
    const Tensor& t = p.tensors[access.tensor];
    if (t.role == Role::temporary || t.rank == 0 || !access.subscripts[t.rank - 1].is_plain()) return -1;
    const int index = access.subscripts[t.rank - 1].terms[0].index;
    for (int d = 0; d + 1 < t.rank; ++d)
        for (int n = 0; n < access.subscripts[d].count; ++n)
            if (access.subscripts[d].terms[n].index == index) return -1;
    return index;
}

/// The last free index that one factor has and the other lacks.
int last_output(const Program& p, const Stage& stage, int factor, int other) {
    const auto free = free_indices(p);
    int last = -1;
    for (const int i : stage.free)
        if (contains(free[static_cast<std::size_t>(factor)], i) &&
            !contains(free[static_cast<std::size_t>(other)], i))
            last = i;
    return last;
}

}  // namespace

int channel_of(const Program& p, const Stage& stage) {
    const Access* const a = access_of(p, stage.factor_a);
    const Access* const c = access_of(p, stage.factor_b);
    if (a == nullptr || c == nullptr) return -1;
    const int along_a = last_index(p, *a), along_b = last_index(p, *c);
    const IndexSet steps = index_set(stage.reduction);
    const auto is_step = [&](int index) { return index >= 0 && contains(steps, index); };
    if (!is_step(along_a) && along_a != last_output(p, stage, stage.factor_a, stage.factor_b)) return -1;
    if (!is_step(along_b) && along_b != last_output(p, stage, stage.factor_b, stage.factor_a)) return -1;
    if (is_step(along_a) && is_step(along_b) && along_a != along_b) return -1;
    // Results are stored in runs along the columns.
    const Statement& statement = p.statements[stage.statement];
    if (last_index(p, statement.target) != last_output(p, stage, stage.factor_b, stage.factor_a)) return -1;
    return is_step(along_a)   ? along_a
           : is_step(along_b) ? along_b
                              : stage.reduction.indices[stage.reduction.count - 1];
}

TapStaging::TapStaging(StageWriter& writer, const Stage& stage, const Schedule& schedule)
    : SpreadStaging(writer, stage, schedule) {
    if (!s_.by_taps) return;
    channel_ = s_.copied ? copied_channel_of(p, stage) : channel_of(p, stage);
    for (Panel* panel : {&rows_, &columns_}) panel->steps_first = panel->steps_first || s_.copied;
    for (const int index : reduced_)
        if (index != channel_) taps_.push_back(index);
    if (!s_.folded) return;
    folded_ = taps_.back();
    taps_.pop_back();
}

Value TapStaging::channels() {
    if (s_.folded) return b.mul(w.extent(folded_), w.integer(folded_channels));
    const Value channels = w.extent(channel_);
    if (!s_.copied) return channels;
    const int run = rows_.run;  // the copies are padded
    return b.mul(split(b.add(channels, w.integer(run - 1)), run).first, w.integer(run));
}

void TapStaging::bind_channel(Value number, Point& at) {
    if (!s_.folded) {
        at.base[channel_] = number;
        return;
    }
    const auto [tap, channel] = split(number, folded_channels);
    at.base[folded_] = tap;
    at.base[channel_] = channel;
}

void TapStaging::assume_runs(int stored) {
    if (s_.folded) {
        w.assume_not_empty(channel_);
        w.assume_extent_at_most(channel_, folded_channels);
    }
    if (s_.copied) return w.align_vectors(rows_.run, false);
    int run = 1;
    for (const Panel* panel : {&rows_, &columns_}) {
        const int index = panel->steps_first ? channel_ : panel->outputs.back();
        run = panel->run;
        w.assume_extent_multiple(index, run);
        assume_unit_strides(w, stage_, index);
    }
    w.assume_extent_multiple(columns_.outputs.back(), stored);
    assume_unit_strides(w, stage_, columns_.outputs.back());
    w.align_vectors(run, false);
}

TapStaging::Digits TapStaging::next(const Digits& digits) {
    Digits result = digits;
    const Value channel = b.add(digits.back(), w.integer(s_.block_k));
    Value carry = b.compare(TileOp::greater_equal, channel, channels());
    result.back() = b.select(carry, w.integer(0), channel);
    for (std::size_t n = taps_.size(); n-- > 0;) {
        const Value stepped = b.add(digits[n], w.integer(1));
        const Value full = b.compare(TileOp::greater_equal, stepped, w.extent(taps_[n]));
        result[n] = b.select(carry, n > 0 ? b.select(full, w.integer(0), stepped) : stepped, digits[n]);
        carry = b.binary(TileOp::bit_and, carry, full);
    }
    return result;
}

/// Reads a member's share of a block. Lanes of a run are on or off together: extents are multiples of runs.
TapStaging::Values TapStaging::fetch(const Panel& panel, const Digits& digits) {
    const auto below = [&](Value number, Value total) {
        return b.compare(TileOp::less, number, w.splat(total, panel.lanes));
    };
    Values result;
    for (int share = 0; share < shares(panel); ++share) {
        const Spot spot = this->spot(panel, share);
        Point at = at_;
        at.lanes = panel.lanes;
        for (std::size_t n = 0; n < taps_.size(); ++n) at.base[taps_[n]] = digits[n];
        const Value channel = b.add(digits.back(), spot.step);
        bind_channel(channel, at);
        at.mask = below(channel, channels());
        Value output = b.add(panel.low, spot.output);
        if (panel.steps_first)
            output = b.binary(TileOp::min, output, b.sub(panel.total, w.integer(1)));
        else
            at.mask = b.binary(TileOp::bit_and, at.mask, below(output, panel.total));
        w.bind_flat(output, panel.outputs, at);
        at.run = panel.run;
        at.run_index = panel.steps_first ? channel_ : panel.outputs.back();
        result.push_back(w.load_stored(p.accesses[panel.access], at));
    }
    return result;
}

TapStaging::Values TapStaging::all_taps(const Values& zeros, const Accumulate& accumulate) {
    const Value zero = w.integer(0), one = w.integer(1);
    const Value blocks = split(b.add(channels(), w.integer(s_.block_k - 1)), s_.block_k).first;
    const Value turns = b.mul(blocks, w.extent_product(taps_));
    const auto put_both = [&](const Values& of_rows, const Values& of_columns, Value parity) {
        put(rows_, of_rows, half_of(rows_, parity));
        put(columns_, of_columns, half_of(columns_, parity));
    };
    const auto pipeline = [&] {
        const Digits first(taps_.size() + 1, zero);
        put_both(fetch(rows_, first), fetch(columns_, first), zero);
        b.barrier();
        // Each block in the loop has the next one on its way; the last one follows behind it.
        Values initial = zeros;
        for (const Value digit : next(first)) initial.push_back(digit);
        const Value last = b.sub(turns, one);
        const auto carried = w.for_loop(
            zero, last, one, initial,
            [&](Value number, std::span<const Value> before) {
                const auto sums = before.first(zeros.size()), counted = before.subspan(zeros.size());
                const Digits digits(counted.begin(), counted.end());
                const Value parity = b.binary(TileOp::bit_and, number, one);
                const Values of_rows = fetch(rows_, digits), of_columns = fetch(columns_, digits);
                Values after = accumulate(sums, parity);
                put_both(of_rows, of_columns, b.binary(TileOp::bit_xor, parity, one));
                b.barrier();
                for (const Value digit : next(digits)) after.push_back(digit);
                return after;
            },
            1);
        return accumulate(std::span(carried).first(zeros.size()), b.binary(TileOp::bit_and, last, one));
    };
    return b.if_else(b.compare(TileOp::greater, turns, zero), pipeline, [&] { return zeros; });
}

}  // namespace sporkle::codegen
