// The orders of reductions for whoever builds a Program: the notation at compile time, and programs that make
// Programs at run time.
#pragma once

#include <cstdint>

#include <sporkle/analysis.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// Gives every reduction of a Program whose nodes are complete its default order (default_order in
/// analysis.hpp), except the reductions in `named`, a set of bits by reduction number: for those the kernel
/// names an order itself.
constexpr void set_default_orders(Program& p, std::uint32_t named = 0) {
    const auto free = free_indices(p);
    for (int n = 0; n < p.node_count; ++n) {
        const Node& node = p.nodes[n];
        if (node.op == Op::reduce && !(named >> node.ref & 1))
            p.reductions[node.ref].order = default_order(p, free, n);
    }
}
static_assert(max_reductions <= 32);

}  // namespace sporkle
