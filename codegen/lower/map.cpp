// Elementwise statements: rows over the outer free indices, vectors along the innermost one, or one flat walk
// where every tensor is dense and indexed alike. The limit is the copy bandwidth of the level of memory that
// holds the tensors; what the schedule decides is the width, the copies in flight and whether stores bypass
// the caches.
#include <algorithm>

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

bool is_linear_map(const Program& p, const Stage& stage) {
    const Access& target = p.statements[stage.statement].target;
    const int rank = p.tensors[target.tensor].rank;
    if (stage.reduce >= 0 || rank == 0 || p.tensors[target.tensor].role == Role::temporary) return false;
    for (int d = 0; d < rank; ++d)
        if (!target.subscripts[d].is_plain()) return false;
    for (int n = 0; n < p.node_count; ++n)
        if (p.nodes[n].op == Op::index_value) return false;
    for (const int number : accesses_below(p, stage.root)) {
        const Access& a = p.accesses[number];
        if (index_set(p, a) == 0) continue;
        if (p.tensors[a.tensor].rank != rank || p.tensors[a.tensor].role == Role::temporary) return false;
        for (int d = 0; d < rank; ++d)
            if (!a.subscripts[d].is_plain() ||
                a.subscripts[d].terms[0].index != target.subscripts[d].terms[0].index)
                return false;
    }
    return true;
}

namespace {

void write_vectors(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& at, int axis,
                   Value low, Value high, bool nontemporal) {
    const Access& target = w.program().statements[stage.statement].target;
    const auto body = [&](Value base, Value mask, int lanes) {
        Point point = at;
        point.base[axis] = base;
        point.axis = lanes > 1 ? axis : -1;
        point.lanes = lanes;
        point.mask = mask;
        auto memo = w.memo();
        w.store(target, w.evaluate(stage.root, point, memo), point, nontemporal);
    };
    const int lanes = schedule.axis == Axis::scalar ? 1 : lanes_of(w.program(), stage, schedule);
    w.vector_loop(low, high, lanes, schedule.unroll,
                  [&](Value base, Value mask) { body(base, mask, lanes); });
}

/// All rows [first, last) of the flattened `rows` indices, and of each the elements [low, high) along `axis`.
void write_rows(StageWriter& w, const Stage& stage, const Schedule& schedule, const Point& outer,
                const std::vector<int>& rows, Value first, Value last, int axis, Value low, Value high) {
    w.builder().for_each(
        first, last, w.integer(1),
        [&](Value row) {
            Point at = outer;
            w.bind_flat(row, rows, at);
            write_vectors(w, stage, schedule, at, axis, low, high, false);
        },
        1);
}

void write_element(StageWriter& w, const Stage& stage, const Point& at) {
    auto memo = w.memo();
    w.store(w.program().statements[stage.statement].target, w.evaluate(stage.root, at, memo), at);
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
        write_element(w, stage, outer);
        return;
    }
    const int along = axis >= 0 ? axis : remaining(stage, fixed, -1).back();
    const auto rows = remaining(stage, fixed, along);
    if (schedule.unit_stride) assume_unit_strides(w, stage, along);
    write_rows(w, stage, schedule, outer, rows, w.integer(0), product_of_extents(w, rows), along,
               w.integer(0), w.extent(along));
}

void write_map_dispatch(StageWriter& w, const Stage& stage, const Schedule& schedule, Formula grid[3]) {
    tile::Builder& b = w.builder();
    const Program& p = w.program();
    const int axis = innermost_index(p, stage);
    if (axis < 0) {
        write_element(w, stage, Point{});
        return;
    }
    const auto rows = remaining(stage, 0, axis);
    const auto slice = [&](int dim, Value total, std::int64_t step) {
        const Value low = b.mul(b.grid_id(dim), w.integer(step));
        return std::pair{low, b.binary(TileOp::min, b.add(low, w.integer(step)), total)};
    };
    if (schedule.linear) {
        for (const int a : accesses_below(p, stage.root))
            if (index_set(p, p.accesses[a]) != 0) w.assume_dense(p.accesses[a].tensor);
        w.assume_dense(stage.target);
        const auto [low, high] =
            slice(0, b.mul(product_of_extents(w, rows), w.extent(axis)), schedule.task_elements);
        // The innermost index counts through all elements while the others stay 0: addresses come out the
        // same.
        Point flat;
        for (const int i : stage.free) flat.base[i] = w.integer(0);
        write_vectors(w, stage, schedule, flat, axis, low, high, schedule.nontemporal);
        if (schedule.nontemporal) {
            const int bytes = size_of(p.tensors[stage.target].dtype);
            w.assume_aligned(stage.target, lanes_of(p, stage, schedule) * bytes);
            b.fence();
        }
        auto all = rows;
        all.push_back(axis);
        grid[0] = {{{1, {extent_product(w.block(), all, schedule.task_elements)}}}};
        return;
    }
    if (schedule.unit_stride) assume_unit_strides(w, stage, axis);
    // A task is a piece of up to task_elements along the axis, of as many rows as rows_of_task.
    constexpr std::int64_t rows_of_task = 16;
    const auto [low, high] = slice(0, w.extent(axis), schedule.task_elements);
    const auto [first, last] = slice(1, product_of_extents(w, rows), rows_of_task);
    write_rows(w, stage, schedule, Point{}, rows, first, last, axis, low, high);
    grid[0] = {{{1, {extent_product(w.block(), {axis}, schedule.task_elements)}}}};
    grid[1] = {{{1, {extent_product(w.block(), rows, rows_of_task)}}}};
}

}  // namespace sporkle::codegen
