// Elementwise statements: rows over the outer free indices, vectors along the innermost one, or one flat walk
// where every tensor is dense and indexed alike. The limit is the copy bandwidth of the level of memory that
// holds the tensors; what the schedule decides is the width, the copies in flight and whether stores bypass
// the caches.
#include <algorithm>
#include <span>

#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

std::vector<int> remaining(const Stage& stage, IndexSet fixed, int axis) {
    std::vector<int> result;
    for (const int i : stage.free)
        if (i != axis && !contains(fixed, i)) result.push_back(i);
    return result;
}

int lanes_of(const Program& program, const Stage& stage, const Schedule& schedule) {
    return std::max(1, schedule.vector_bits / 8 / widest_element(program, stage));
}

void assume_unit_strides(StageWriter& w, const Stage& stage, int axis) {
    const Program& p = w.program();
    const auto consider = [&](const Access& access) {
        const int last = p.tensors[access.tensor].rank - 1;
        if (last < 0) return;
        const Affine& s = access.subscripts[last];
        for (int t = 0; t < s.count; ++t)
            if (s.terms[t].index == axis) w.assume_unit_stride(access.tensor, last);
    };
    for (const int a : accesses_below(p, stage.root)) consider(p.accesses[a]);
    consider(p.statements[stage.statement].target);
}

/// Whether both accesses have the same indices in the same order, each alone in its subscript.
static bool same_plain_subscripts(const Program& p, const Access& x, const Access& y) {
    if (p.tensors[x.tensor].rank != p.tensors[y.tensor].rank) return false;
    for (int d = 0; d < p.tensors[y.tensor].rank; ++d)
        if (!x.subscripts[d].is_plain() || !y.subscripts[d].is_plain() ||
            x.subscripts[d].terms[0].index != y.subscripts[d].terms[0].index)
            return false;
    return true;
}

bool run_in_lockstep(const Program& p, const std::vector<Stage>& stages) {
    if (stages.size() == 1) return stages.front().reduce < 0;
    IndexSet assigned = 0;  // by tensor
    static_assert(max_tensors <= 32);
    const Access& first = p.statements[stages.front().statement].target;
    for (const Stage& stage : stages) {
        if (stage.reduce >= 0 || !same_plain_subscripts(p, p.statements[stage.statement].target, first))
            return false;
        for (const int number : accesses_below(p, stage.root))
            if (contains(assigned, p.accesses[number].tensor) &&
                !same_plain_subscripts(p, p.accesses[number], first))
                return false;
        assigned |= IndexSet(1) << stage.target;
    }
    return true;
}

bool is_linear_map(const Program& p, const std::vector<Stage>& stages) {
    for (int n = 0; n < p.node_count; ++n)
        if (p.nodes[n].op == Op::index_value) return false;
    for (const Stage& stage : stages) {
        const Access& target = p.statements[stage.statement].target;
        if (stage.reduce >= 0 || p.tensors[target.tensor].rank == 0 ||
            !same_plain_subscripts(p, target, target))
            return false;
        // A lone statement that assigns a temporary writes memory whose strides are not an argument's.
        if (stages.size() == 1 && p.tensors[target.tensor].role == Role::temporary) return false;
        for (const int number : accesses_below(p, stage.root)) {
            const Access& a = p.accesses[number];
            if (index_set(p, a) == 0) continue;
            if (!same_plain_subscripts(p, a, target)) return false;
            if (stages.size() == 1 && p.tensors[a.tensor].role == Role::temporary) return false;
        }
    }
    return true;
}

namespace {

/// All statements at one point: every value before the first store, so that outputs may be inputs
/// elementwise.
void write_point(StageWriter& w, std::span<const Stage> stages, const Point& point, bool nontemporal) {
    std::vector<Value> values;
    auto memo = w.memo();
    for (const Stage& stage : stages) {
        values.push_back(w.evaluate(stage.root, point, memo));
        if (stages.size() > 1) w.forward(stage.target, values.back());
    }
    w.forget_forwarded();
    for (std::size_t n = 0; n < stages.size(); ++n) {
        const Access& target = w.program().statements[stages[n].statement].target;
        if (stages.size() > 1 && w.program().tensors[target.tensor].role == Role::temporary) continue;
        w.store(target, values[n], point, nontemporal);
    }
}

void write_vectors(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule, const Point& at,
                   int axis, Value low, Value high, bool nontemporal) {
    int lanes = schedule.axis == Axis::scalar ? 1 : lanes_of(w.program(), stages.front(), schedule);
    for (const Stage& stage : stages) lanes = std::min(lanes, lanes_of(w.program(), stage, schedule));
    w.vector_loop(low, high, lanes, schedule.unroll, [&](Value base, Value mask) {
        Point point = at;
        point.base[axis] = base;
        point.axis = lanes > 1 ? axis : -1;
        point.lanes = lanes;
        point.mask = mask;
        write_point(w, stages, point, nontemporal);
    });
}

/// All rows [first, last) of the flattened `rows` indices, and of each the elements [low, high) along `axis`.
void write_rows(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule, const Point& outer,
                const std::vector<int>& rows, Value first, Value last, int axis, Value low, Value high) {
    w.builder().for_each(
        first, last, w.integer(1),
        [&](Value row) {
            Point at = outer;
            w.bind_flat(row, rows, at);
            write_vectors(w, stages, schedule, at, axis, low, high, false);
        },
        1);
}

Value product_of_extents(StageWriter& w, const std::vector<int>& indices) {
    Value product = w.integer(1);
    for (const int i : indices) product = w.builder().mul(product, w.extent(i));
    return product;
}

}  // namespace

void write_map_part(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& outer,
                    IndexSet fixed) {
    const int inner = innermost_index(w.program(), stage);
    const int axis = inner >= 0 && !contains(fixed, inner) ? inner : -1;
    if (axis < 0 && remaining(stage, fixed, -1).empty()) {
        write_point(w, std::span(&stage, 1), outer, false);
        return;
    }
    const int along = axis >= 0 ? axis : remaining(stage, fixed, -1).back();
    const auto rows = remaining(stage, fixed, along);
    if (schedule.unit_stride) assume_unit_strides(w, stage, along);
    write_rows(w, std::span(&stage, 1), schedule, outer, rows, w.integer(0), product_of_extents(w, rows),
               along, w.integer(0), w.extent(along));
}

void write_map_dispatch(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                        Formula grid[3]) {
    tile::Builder& b = w.builder();
    const Program& p = w.program();
    const int axis = innermost_index(p, stages.front());
    if (axis < 0) {
        write_point(w, stages, Point{}, false);
        return;
    }
    const auto rows = remaining(stages.front(), 0, axis);
    const auto slice = [&](int dim, Value total, std::int64_t step) {
        const Value low = b.mul(b.grid_id(dim), w.integer(step));
        return std::pair{low, b.binary(TileOp::min, b.add(low, w.integer(step)), total)};
    };
    if (schedule.linear) {
        for (const Stage& stage : stages) {
            for (const int a : accesses_below(p, stage.root))
                if (index_set(p, p.accesses[a]) != 0) w.assume_dense(p.accesses[a].tensor);
            w.assume_dense(stage.target);
        }
        const auto [low, high] =
            slice(0, b.mul(product_of_extents(w, rows), w.extent(axis)), schedule.task_elements);
        // The innermost index counts through all elements while the others stay 0: addresses come out the
        // same.
        Point flat;
        for (const int i : stages.front().free) flat.base[i] = w.integer(0);
        write_vectors(w, stages, schedule, flat, axis, low, high, schedule.nontemporal);
        if (schedule.nontemporal) {
            for (const Stage& stage : stages)
                if (p.tensors[stage.target].role != Role::temporary)
                    w.assume_aligned(stage.target,
                                     lanes_of(p, stage, schedule) * size_of(p.tensors[stage.target].dtype));
            b.fence();
        }
        auto all = rows;
        all.push_back(axis);
        grid[0] = {{{1, {extent_product(w.block(), all, schedule.task_elements)}}}};
        return;
    }
    if (schedule.unit_stride)
        for (const Stage& stage : stages) assume_unit_strides(w, stage, axis);
    // A task is a piece of up to task_elements along the axis, of as many rows as rows_of_task.
    constexpr std::int64_t rows_of_task = 16;
    const auto [low, high] = slice(0, w.extent(axis), schedule.task_elements);
    const auto [first, last] = slice(1, product_of_extents(w, rows), rows_of_task);
    write_rows(w, stages, schedule, Point{}, rows, first, last, axis, low, high);
    grid[0] = {{{1, {extent_product(w.block(), {axis}, schedule.task_elements)}}}};
    grid[1] = {{{1, {extent_product(w.block(), rows, rows_of_task)}}}};
}

}  // namespace sporkle::codegen
