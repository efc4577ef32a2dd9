// Reductions of every kind in both orders. Vectors lie
//   along a free index (Axis::free): each lane is an output of its own;
//   along the reduction (Axis::reduction, Order::lanes): the 64 partials of a block are vector registers;
//   nowhere (Axis::scalar): the form that fits everything.
// Block results of Order::lanes are combined while they appear, by a binary counter: after block c the
// results of 2^t blocks are merged for every trailing one bit of c, which is the balanced tree of
// program.hpp.
#include <algorithm>

#include "codegen/lower/reduction_columns.hpp"
#include "codegen/lower/reduction_writer.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;
using TileOp = tile::Op;
constexpr int combine_threads = 256;

/// Writes the outputs [low, high) along `axis` (or the single one without an axis) at a point.
void write_along(StageWriter& w, ReductionWriter& writer, const Stage& stage, const Schedule& s,
                 const Point& at, int axis, Value low, Value high) {
    tile::Builder& b = w.builder();
    const std::vector<int> accesses = accesses_below(w.program(), stage.root);
    const std::vector<int> reduced(stage.reduction.indices, stage.reduction.indices + stage.reduction.count);
    const auto one = [&](Value base, Value mask, int lanes, int vectors) {
        Point point = at;
        point.base[axis] = base;
        point.axis = lanes > 1 ? axis : -1;
        point.lanes = lanes;
        point.mask = mask;
        w.with_interior(accesses, point, lanes * vectors, reduced,
                        [&](const Point& here) { writer.write_many(here, vectors); });
    };
    const int lanes = s.axis == Axis::free ? lanes_of(w.program(), stage, s) : 1;
    if (lanes == 1 && s.threads > 0 && s.task_elements == 1 && !s.fused) {
        one(low, {}, 1, 1);
        return;
    }
    if (lanes == 1) {
        w.for_each(
            low, high, w.integer(1), [&](Value base) { one(base, {}, 1, 1); }, 1);
        return;
    }
    Value rest = low;
    if (s.unroll > 1 && stage.reduction.order == Order::chain) {
        const Value step = w.integer(static_cast<std::int64_t>(lanes) * s.unroll);
        rest = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), step), step));
        w.for_each(
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

/// A row that is known to be short, such as the channels of a pixel, is no task of its own: so many are.
std::int64_t short_rows_of_task(const Program& p, int axis) {
    constexpr std::int64_t outputs = 128;
    const std::int64_t extent = p.indices[axis].extent;
    return extent > 0 ? std::max<std::int64_t>(outputs / extent, 1) : 1;
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
    w.for_each_row(w.integer(0), count, rows, outer, [&](const Point& at) {
        write_along(w, writer, stage, schedule, at, axis, w.integer(0), w.extent(axis));
    });
}

void write_split_reduction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule,
                                    bool combine, std::vector<Scratch>& scratch, Formula grid[3]) {
    tile::Builder& b = w.builder();
    const bool by_columns = is_column_reduction(schedule);
    Schedule own = schedule;
    if (combine && schedule.threads > 0) {
        // Few results for each output: many threads, each with several of them in flight.
        own.threads = combine_threads;
        own.lanes = 4 * combine_threads;
        own.members = 1;
        b.set_team(1, own.threads);
    }
    ReductionWriter writer(w, stage, own);
    assume_strides(w, stage, schedule, -1);
    const std::vector<int> outputs = remaining(stage, 0, -1);
    std::vector<int> reduced(stage.reduction.indices, stage.reduction.indices + stage.reduction.count);
    const Formula::Factor groups =
        extent_product(w.block(), reduced, static_cast<std::int64_t>(lanes_block) * schedule.group);
    const int parts = writer.accumulator().parts();
    if (!combine)
        for (int part = 0; part < parts; ++part)
            scratch.push_back({part == 0 ? "blocks" : "blocks_number",
                               false,
                               {{{size_of(writer.accumulator().type(part, 1).scalar),
                                  {groups, extent_product(w.block(), outputs)}}}}});
    const int first_word = w.block().scratch(static_cast<int>(scratch.size()) - parts);
    if (by_columns && !combine) return write_column_reduction(w, stage, schedule, first_word, grid);
    const int output_dim = combine ? 0 : 1;
    Point at;
    Value output = w.integer(0);
    if (!outputs.empty()) {
        output = w.grid(output_dim);
        w.bind_flat(output, outputs, at);
        grid[output_dim] = {{{1, {extent_product(w.block(), outputs)}}}};
    }
    if (combine) {
        writer.write_combined(at, output, first_word);
    } else {
        grid[0] = {{{1, {groups}}}};
        writer.write_group(at, output, w.grid(0), first_word);
    }
}

void write_reduction_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]) {
    if (is_column_reduction(schedule)) return write_column_reduction(w, stage, schedule, -1, grid);
    tile::Builder& b = w.builder();
    ReductionWriter writer(w, stage, schedule);
    const int axis = axis_of(w.program(), stage, 0);
    assume_strides(w, stage, schedule, axis);
    if (axis < 0) {
        writer.write_outputs(Point{});
        return;
    }
    if (schedule.flat) {
        Point at;
        w.bind_lanes(b.mul(w.grid(0), w.integer(schedule.lanes)), w.extent_product(stage.free),
                     schedule.lanes, stage.free, at);
        writer.write_outputs(at);
        grid[0] = {{{1, {extent_product(w.block(), stage.free, schedule.lanes)}}}};
        return;
    }
    const auto rows = remaining(stage, 0, axis);
    const Value low = b.mul(w.grid(0), w.integer(schedule.task_elements));
    const Value high = b.binary(TileOp::min, b.add(low, w.integer(schedule.task_elements)), w.extent(axis));
    const auto write_row = [&](const Point& at) {
        write_along(w, writer, stage, schedule, at, axis, low, high);
    };
    const std::int64_t together = schedule.threads > 0 ? 1 : short_rows_of_task(w.program(), axis);
    if (rows.empty()) {
        write_row(Point{});
    } else if (together == 1) {
        Point at;
        w.bind_flat(w.grid(1), rows, at);
        write_row(at);
    } else {
        const Value first = b.mul(w.grid(1), w.integer(together));
        const Value last = b.binary(TileOp::min, b.add(first, w.integer(together)), w.extent_product(rows));
        w.for_each_row(first, last, rows, Point{}, write_row);
    }
    if (!rows.empty()) grid[1] = {{{1, {extent_product(w.block(), rows, together)}}}};
    grid[0] = {{{1, {extent_product(w.block(), {axis}, schedule.task_elements)}}}};
}

}  // namespace sporkle::codegen
