#include "codegen/lower/reduction_writer.hpp"

#include <algorithm>

#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

ReductionWriter::ReductionWriter(StageWriter& writer, const Stage& stage, const Schedule& schedule)
    : w(writer), b(writer.builder()), p(writer.program()), stage_(stage), s_(schedule), acc_(writer, stage) {
    for (int i = 0; i < stage.reduction.count; ++i) reduced_.push_back(stage.reduction.indices[i]);
}

void ReductionWriter::write_outputs(const Point& at) {
    State total;
    if (stage_.reduction.order == Order::chain)
        total = chain(at);
    else if (s_.axis == Axis::reduction && !outputs_in_lanes(at))
        total = lanes_in_registers(at);
    else if (s_.threads > 0)
        total = lanes_one_by_one(at);
    else
        total = lanes_in_memory(at);
    finish(at, total);
}

void ReductionWriter::write_many(const Point& at, int vectors) {
    if (vectors == 1 || stage_.reduction.order != Order::chain) {
        for (int v = 0; v < vectors; ++v) write_outputs(shifted(at, v));
        return;
    }
    std::vector<Value> carried;
    for (int v = 0; v < vectors; ++v) append(carried, acc_.identity(at.lanes));
    const auto totals = walk(0, at, w.integer(0), carried,
                             [&](const Point& here, Value number, std::span<const Value> state) {
                                 std::vector<Value> next;
                                 for (int v = 0; v < vectors; ++v)
                                     append(next, acc_.take(part_of(state, v), shifted(here, v), number, {}));
                                 return next;
                             });
    for (int v = 0; v < vectors; ++v) finish(shifted(at, v), part_of(totals, v));
}

void ReductionWriter::append(std::vector<Value>& to, const State& from) {
    to.insert(to.end(), from.begin(), from.end());
}
ReductionWriter::State ReductionWriter::part_of(std::span<const Value> values, int v) const {
    const auto first = values.begin() + v * acc_.parts();
    return State(first, first + acc_.parts());
}
Point ReductionWriter::shifted(Point at, int vectors) {
    if (vectors != 0) at.base[at.axis] = b.add(at.base[at.axis], w.integer(vectors * at.lanes));
    return at;
}

Value ReductionWriter::value_of(const State& total, const Point& at) {
    auto memo = w.memo();
    memo[static_cast<std::size_t>(stage_.reduce)] = acc_.result(total);
    return w.evaluate(stage_.root, at, memo);
}

void ReductionWriter::finish(const Point& at, const State& total) {
    const Value value = value_of(total, at);
    const auto store = [&] { w.store(p.statements[stage_.statement].target, value, at); };
    if (s_.members > 1)
        b.if_then(b.compare(TileOp::equal, b.member_id(), b.integer(0)), store);
    else
        store();
}

/// Loops over the reduction indices from `depth` on, in order; `number` is the elements' number so far.
std::vector<Value> ReductionWriter::walk(std::size_t depth, Point at, Value number,
                                         std::span<const Value> carried, const Step& step) {
    const int index = reduced_[depth];
    const std::int64_t fixed = p.indices[index].extent;
    const int unroll = fixed > 0 && fixed <= 8 ? static_cast<int>(fixed) : 1;
    const Value scaled = b.mul(number, w.extent(index));
    return w.for_loop(
        w.integer(0), w.extent(index), w.integer(1), carried,
        [&](Value k, std::span<const Value> state) {
            at.base[index] = k;
            const Value here = b.add(scaled, k);
            if (depth + 1 == reduced_.size()) return step(at, here, state);
            return walk(depth + 1, at, here, state, step);
        },
        unroll);
}

ReductionWriter::State ReductionWriter::chain(const Point& at) {
    return walk(0, at, w.integer(0), acc_.identity(at.lanes),
                [&](const Point& here, Value number, std::span<const Value> state) {
                    return acc_.take(State(state.begin(), state.end()), here, number, {});
                });
}

}  // namespace sporkle::codegen
