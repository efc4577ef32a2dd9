// Questions about a valid Program that several readers ask: how many operands an operation has, which indices
// a value depends on, and in which order a reduction's elements meet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sporkle/program.hpp>

namespace sporkle {

/// One past the last Op.
inline constexpr int op_count = static_cast<int>(Op::reduce) + 1;

/// Operands (`a`, `b`, `c`) that a node of this operation uses.
constexpr int operand_count(Op op) {
    if (op <= Op::index_value) return 0;
    if (op <= Op::rsqrt || op == Op::reduce) return 1;
    return op <= Op::not_equal ? 2 : 3;
}

/// A set of index numbers, one bit each.
using IndexSet = std::uint32_t;
static_assert(max_indices <= 32);

constexpr IndexSet index_set(const Affine& subscript) {
    IndexSet set = 0;
    for (int t = 0; t < subscript.count; ++t) set |= IndexSet(1) << subscript.terms[t].index;
    return set;
}

constexpr IndexSet index_set(const Program& p, const Access& access) {
    IndexSet set = 0;
    for (int d = 0; d < p.tensors[access.tensor].rank; ++d) set |= index_set(access.subscripts[d]);
    return set;
}

constexpr IndexSet index_set(const Reduction& reduction) {
    IndexSet set = 0;
    for (int i = 0; i < reduction.count; ++i) set |= IndexSet(1) << reduction.indices[i];
    return set;
}

/// For every node the indices on which its value depends: those of its accesses, less those that are reduced
/// on the way.
constexpr std::array<IndexSet, max_nodes> free_indices(const Program& p) {
    std::array<IndexSet, max_nodes> free{};
    for (int n = 0; n < p.node_count; ++n) {
        const Node& x = p.nodes[n];
        IndexSet& own = free[static_cast<std::size_t>(n)];
        const int operands = operand_count(x.op);
        if (operands >= 1) own |= free[x.a];
        if (operands >= 2) own |= free[x.b];
        if (operands >= 3) own |= free[x.c];
        if (x.op == Op::access) own = index_set(p, p.accesses[x.ref]);
        if (x.op == Op::index_value) own = IndexSet(1) << x.ref;
        if (x.op == Op::reduce) own &= ~index_set(p.reductions[x.ref]);
    }
    return free;
}

/// The default order of the reduction node `n`: chain where the total extent is known at compile time and at
/// most 64, or where the body is a product whose factors each have a free index that the other lacks (matrix
/// products, convolutions); lanes otherwise.
constexpr Order default_order(const Program& p, const std::array<IndexSet, max_nodes>& free, int n) {
    const Reduction& reduction = p.reductions[p.nodes[n].ref];
    std::int64_t total = 1;  // of the compile-time extents; anything beyond the limit once it is passed
    bool all_static = true;
    for (int i = 0; i < reduction.count; ++i) {
        const std::int64_t extent = p.indices[reduction.indices[i]].extent;
        all_static = all_static && extent != 0;
        if (total <= lanes_partials) total = extent > lanes_partials ? lanes_partials + 1 : total * extent;
    }
    if (all_static && total <= lanes_partials) return Order::chain;
    const Node& body = p.nodes[p.nodes[n].a];
    if (body.op == Op::mul) {
        const IndexSet reduced = index_set(reduction);
        const IndexSet left = free[body.a] & ~reduced, right = free[body.b] & ~reduced;
        if ((left & ~right) != 0 && (right & ~left) != 0) return Order::chain;
    }
    return Order::lanes;
}

/// The order that the reduction node `n` follows: its own, or the default one where it says `any`. Every
/// lowering and the reference use this, so `any` means the same everywhere.
constexpr Order effective_order(const Program& p, const std::array<IndexSet, max_nodes>& free, int n) {
    const Order order = p.reductions[p.nodes[n].ref].order;
    return order == Order::any ? default_order(p, free, n) : order;
}

/// Whether the reduction node `n` is a sum of products that accumulates by fma.
constexpr bool accumulates_by_fma(const Program& p, int n) {
    const Node& body = p.nodes[p.nodes[n].a];
    return p.reductions[p.nodes[n].ref].kind == Reduce::sum && body.op == Op::mul && is_float(body.dtype);
}

/// The parts of a left-hand subscript S·i + p; a plain subscript i has p = -1 and S = 1.
struct LeftSubscript {
    int index = -1;          ///< i, or -1 when the subscript has neither form
    int phase = -1;          ///< p
    std::int32_t scale = 1;  ///< S
};

constexpr LeftSubscript left_subscript(const Program& p, const Affine& s) {
    if (s.is_plain()) return {s.terms[0].index, -1, 1};
    if (s.count != 2 || s.constant != 0) return {};
    for (int phase = 1; phase >= 0; --phase) {
        const Affine::Term &outer = s.terms[1 - phase], &inner = s.terms[phase];
        if (inner.coefficient == 1 && outer.coefficient >= 1 &&
            p.indices[inner.index].extent == outer.coefficient)
            return {outer.index, inner.index, outer.coefficient};
    }
    return {};
}

}  // namespace sporkle
