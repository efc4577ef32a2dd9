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
    if (schedule.lanes > 0) return schedule.lanes;
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

/// All statements at some points: every value before the first store, so that outputs may be inputs
/// elementwise and the loads of all points are in flight at once.
void write_points(StageWriter& w, std::span<const Stage> stages, std::span<const Point> points,
                  bool nontemporal) {
    std::vector<Value> values;
    for (const Point& point : points) {
        auto memo = w.memo();
        for (const Stage& stage : stages) {
            values.push_back(w.evaluate(stage.root, point, memo));
            if (stages.size() > 1) w.forward(stage.target, values.back());
        }
        w.forget_forwarded();
    }
    auto value = values.begin();
    for (const Point& point : points)
        for (const Stage& stage : stages) {
            const Access& target = w.program().statements[stage.statement].target;
            const bool in_register =
                stages.size() > 1 && w.program().tensors[target.tensor].role == Role::temporary;
            if (!in_register) w.store(target, *value, point, nontemporal);
            ++value;
        }
}

void write_point(StageWriter& w, std::span<const Stage> stages, const Point& point, bool nontemporal) {
    write_points(w, stages, std::span(&point, 1), nontemporal);
}

/// The elements [low, high) along `axis` by all members: each takes `unroll` vectors of neighbours at a time,
/// and where the last of them end, lanes beyond that stand at the last element.
void write_members_vectors(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule,
                           const Point& at, int axis, Value low, Value high) {
    tile::Builder& b = w.builder();
    const std::int64_t share = static_cast<std::int64_t>(schedule.unroll) * schedule.lanes;
    const Value own = b.mul(w.narrow(b.member_id()), w.integer(share));
    const Value step = w.integer(share * schedule.members);
    const Value whole = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), step), step));
    const auto write = [&](Value base, bool cut) {
        std::vector<Point> points(static_cast<std::size_t>(schedule.unroll), at);
        for (int v = 0; v < schedule.unroll; ++v) {
            Point& point = points[static_cast<std::size_t>(v)];
            const Value first = b.add(b.add(base, own), w.integer(std::int64_t{v} * schedule.lanes));
            if (cut) {
                w.bind_lanes(first, high, schedule.lanes, {axis}, point);
                continue;
            }
            point.base[axis] = first;
            point.axis = axis;
            point.lanes = schedule.lanes;
        }
        write_points(w, stages, points, false);
    };
    w.for_each(
        low, whole, step, [&](Value base) { write(base, false); }, 1);
    b.if_then(b.compare(TileOp::less, whole, high), [&] { write(whole, true); });
}

/// The elements [low, high) along `axis` where vectors are spread over threads: `unroll` vectors at a time.
void write_spread_vectors(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule,
                          const Point& at, int axis, Value low, Value high) {
    tile::Builder& b = w.builder();
    const int lanes = schedule.lanes;
    if (schedule.members > 1) return write_members_vectors(w, stages, schedule, at, axis, low, high);
    const auto points_from = [&](Value base, int vectors, Value mask) {
        std::vector<Point> points(static_cast<std::size_t>(vectors), at);
        for (int v = 0; v < vectors; ++v) {
            Point& point = points[static_cast<std::size_t>(v)];
            point.base[axis] = b.add(base, w.integer(static_cast<std::int64_t>(v) * lanes));
            point.axis = axis;
            point.lanes = lanes;
            point.mask = mask;
        }
        return points;
    };
    Value rest = low;
    if (schedule.unroll > 1) {
        const Value step = w.integer(static_cast<std::int64_t>(schedule.unroll) * lanes);
        rest = b.add(low, b.mul(b.binary(TileOp::div, b.sub(high, low), step), step));
        w.for_each(
            low, rest, step,
            [&](Value base) { write_points(w, stages, points_from(base, schedule.unroll, {}), false); }, 1);
    }
    w.vector_loop(rest, high, lanes, 1, [&](Value base, Value mask) {
        write_points(w, stages, points_from(base, 1, mask), false);
    });
}

void write_vectors(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule, const Point& at,
                   int axis, Value low, Value high, bool nontemporal) {
    if (schedule.threads > 0) {
        write_spread_vectors(w, stages, schedule, at, axis, low, high);
        return;
    }
    int lanes = schedule.axis == Axis::scalar ? 1 : lanes_of(w.program(), stages.front(), schedule);
    std::vector<int> accesses;
    for (const Stage& stage : stages) {
        lanes = std::min(lanes, lanes_of(w.program(), stage, schedule));
        const std::vector<int> own = accesses_below(w.program(), stage.root);
        accesses.insert(accesses.end(), own.begin(), own.end());
    }
    w.vector_loop(low, high, lanes, schedule.unroll, [&](Value base, Value mask) {
        Point point = at;
        point.base[axis] = base;
        point.axis = lanes > 1 ? axis : -1;
        point.lanes = lanes;
        point.mask = mask;
        w.with_interior(accesses, point, lanes, {},
                        [&](const Point& here) { write_point(w, stages, here, nontemporal); });
    });
}

/// One task of a machine whose vectors are spread over threads: a whole one is straight code, so that all its
/// vectors are in flight at once, and only the last one of a row looks where it ends.
void write_task(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule, const Point& at,
                int axis, Value low, Value total) {
    tile::Builder& b = w.builder();
    const int vectors = static_cast<int>(schedule.task_elements / schedule.lanes);
    const auto write = [&](bool whole) {
        std::vector<Point> points(static_cast<std::size_t>(vectors), at);
        for (int v = 0; v < vectors; ++v) {
            Point& point = points[static_cast<std::size_t>(v)];
            const Value base = b.add(low, w.integer(static_cast<std::int64_t>(v) * schedule.lanes));
            point.base[axis] = base;
            point.axis = axis;
            point.lanes = schedule.lanes;
            if (!whole)
                point.mask = b.compare(TileOp::less, b.add(w.lane_numbers(schedule.lanes), base),
                                       w.splat(total, schedule.lanes));
        }
        write_points(w, stages, points, false);
        return std::vector<Value>{};
    };
    const Value high = b.add(low, w.integer(schedule.task_elements));
    b.if_else(
        b.compare(TileOp::less_equal, high, total), [&] { return write(true); },
        [&] { return write(false); });
}

/// Schedule::flat: vectors of outputs wherever they lie.
void write_flat(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule, Formula grid[3]) {
    tile::Builder& b = w.builder();
    const std::vector<int>& indices = stages.front().free;
    const Value total = w.extent_product(indices);
    const std::int64_t task = static_cast<std::int64_t>(schedule.lanes) * schedule.unroll;
    const Value low = b.mul(w.grid(0), w.integer(task));
    std::vector<Point> points(static_cast<std::size_t>(schedule.unroll));
    for (int v = 0; v < schedule.unroll; ++v)
        w.bind_lanes(b.add(low, w.integer(static_cast<std::int64_t>(v) * schedule.lanes)), total,
                     schedule.lanes, indices, points[static_cast<std::size_t>(v)]);
    write_points(w, stages, points, false);
    grid[0] = {{{1, {extent_product(w.block(), indices, task)}}}};
}

/// All rows [first, last) of the flattened `rows` indices, and of each the elements [low, high) along `axis`.
void write_rows(StageWriter& w, std::span<const Stage> stages, const Schedule& schedule, const Point& outer,
                const std::vector<int>& rows, Value first, Value last, int axis, Value low, Value high) {
    w.for_each_row(first, last, rows, outer,
                   [&](const Point& at) { write_vectors(w, stages, schedule, at, axis, low, high, false); });
}

}  // namespace

void write_map_part(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& outer,
                    IndexSet fixed) {
    const int inner = innermost_index(w.program(), stage);
    const int axis = inner >= 0 && !contains(fixed, inner) ? inner : -1;
    if (axis < 0 && remaining(stage, fixed, -1).empty()) {
        tile::Builder& b = w.builder();
        const auto write = [&] { write_point(w, std::span(&stage, 1), outer, false); };
        if (schedule.members > 1)
            b.if_then(b.compare(TileOp::equal, b.member_id(), b.integer(0)), write);
        else
            write();
        return;
    }
    const int along = axis >= 0 ? axis : remaining(stage, fixed, -1).back();
    const auto rows = remaining(stage, fixed, along);
    if (schedule.unit_stride) assume_unit_strides(w, stage, along);
    write_rows(w, std::span(&stage, 1), schedule, outer, rows, w.integer(0), w.extent_product(rows), along,
               w.integer(0), w.extent(along));
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
    if (schedule.flat) {
        write_flat(w, stages, schedule, grid);
        return;
    }
    if (schedule.aligned) w.align_vectors(schedule.lanes / schedule.threads, schedule.linear);
    const auto rows = remaining(stages.front(), 0, axis);
    const auto slice = [&](int dim, Value total, std::int64_t step) {
        const Value low = b.mul(w.grid(dim), w.integer(step));
        return std::pair{low, b.binary(TileOp::min, b.add(low, w.integer(step)), total)};
    };
    if (schedule.linear) {
        for (const Stage& stage : stages) {
            for (const int a : accesses_below(p, stage.root))
                if (index_set(p, p.accesses[a]) != 0) w.assume_dense(p.accesses[a].tensor);
            w.assume_dense(stage.target);
        }
        const Value total = b.mul(w.extent_product(rows), w.extent(axis));
        auto all = rows;
        all.push_back(axis);
        grid[0] = {{{1, {extent_product(w.block(), all, schedule.task_elements)}}}};
        // The innermost index counts through all elements while the others stay 0: addresses come out the
        // same.
        Point flat;
        for (const int i : stages.front().free) flat.base[i] = w.integer(0);
        if (schedule.threads > 0) {
            write_task(w, stages, schedule, flat, axis, b.mul(w.grid(0), w.integer(schedule.task_elements)),
                       total);
            return;
        }
        const auto [low, high] = slice(0, total, schedule.task_elements);
        write_vectors(w, stages, schedule, flat, axis, low, high, schedule.nontemporal);
        if (schedule.nontemporal) {
            for (const Stage& stage : stages)
                if (p.tensors[stage.target].role != Role::temporary)
                    w.assume_aligned(stage.target,
                                     lanes_of(p, stage, schedule) * size_of(p.tensors[stage.target].dtype));
            b.fence();
        }
        return;
    }
    if (schedule.unit_stride)
        for (const Stage& stage : stages) assume_unit_strides(w, stage, axis);
    if (schedule.threads > 0) {
        Point at;
        if (!rows.empty()) {
            w.bind_flat(w.grid(1), rows, at);
            grid[1] = {{{1, {extent_product(w.block(), rows)}}}};
        }
        w.prefer_extent_at_least(axis, schedule.lanes / 2);
        write_task(w, stages, schedule, at, axis, b.mul(w.grid(0), w.integer(schedule.task_elements)),
                   w.extent(axis));
        grid[0] = {{{1, {extent_product(w.block(), {axis}, schedule.task_elements)}}}};
        return;
    }
    // A task is a piece of up to task_elements along the axis, of as many rows as rows_of_task.
    constexpr std::int64_t rows_of_task = 16;
    const auto [low, high] = slice(0, w.extent(axis), schedule.task_elements);
    const auto [first, last] = slice(1, w.extent_product(rows), rows_of_task);
    write_rows(w, stages, schedule, Point{}, rows, first, last, axis, low, high);
    grid[0] = {{{1, {extent_product(w.block(), {axis}, schedule.task_elements)}}}};
    grid[1] = {{{1, {extent_product(w.block(), rows, rows_of_task)}}}};
}

}  // namespace sporkle::codegen
