// Which extents determine which: the equations between the extents of indices and of tensors' dimensions.
//
// A plain subscript i says that the dimension's extent is that of i; a left-hand subscript S·i + p says that
// it is S times that of i. Inputs and outputs bring their extents from the call, temporaries have none of
// their own, so an index may get its extent by way of a temporary. The equations are few: they are solved by
// going over them until nothing changes.
#pragma once

#include <sporkle/analysis.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// The extent of dimension `dim` of `tensor` is `scale` times that of `index`.
struct Binding {
    std::uint8_t tensor = 0, dim = 0, index = 0;
    std::int32_t scale = 1;
};

/// Calls visit(Binding) for every equation, those of reads first.
template <class Visit>
constexpr void for_each_binding(const Program& p, Visit&& visit) {
    for (int a = 0; a < p.access_count; ++a) {
        const Access& access = p.accesses[a];
        for (int d = 0; d < p.tensors[access.tensor].rank; ++d)
            if (access.subscripts[d].is_plain())
                visit(Binding{access.tensor, std::uint8_t(d), access.subscripts[d].terms[0].index, 1});
    }
    for (int s = 0; s < p.statement_count; ++s) {
        const Access& target = p.statements[s].target;
        for (int d = 0; d < p.tensors[target.tensor].rank; ++d) {
            const LeftSubscript left = left_subscript(p, target.subscripts[d]);
            visit(Binding{target.tensor, std::uint8_t(d), std::uint8_t(left.index), left.scale});
        }
    }
}

/// Indices whose extents neither the Program nor a call's tensors determine; empty for a valid Program.
constexpr IndexSet unbound_indices(const Program& p) {
    IndexSet known = 0;
    for (int i = 0; i < p.index_count; ++i)
        if (p.indices[i].extent != 0) known |= IndexSet(1) << i;
    bool dimension_known[max_tensors][max_rank] = {};
    for (bool changed = true; changed;) {
        changed = false;
        for_each_binding(p, [&](const Binding& b) {
            const IndexSet bit = IndexSet(1) << b.index;
            bool& dimension = dimension_known[b.tensor][b.dim];
            const bool from_call = p.tensors[b.tensor].role != Role::temporary;
            if (!(known & bit) && (dimension || from_call)) {
                known |= bit;
                changed = true;
            }
            if (!dimension && (known & bit)) {
                dimension = true;
                changed = true;
            }
        });
    }
    const IndexSet all = p.index_count == 32 ? ~IndexSet(0) : (IndexSet(1) << p.index_count) - 1;
    return all & ~known;
}

}  // namespace sporkle
