// The steps by which expressions write themselves into a Program, once its tables of tensors, scalars and
// indices stand (outline.hpp). They are plain functions, so that templates stay thin.
#pragma once

#include <cstdint>
#include <string_view>

#include <sporkle/dsl/outline.hpp>
#include <sporkle/program.hpp>

namespace sporkle::notation {

struct Builder {
    Program program;
    std::uint32_t named_orders = 0;  ///< bits of the reductions for which the author names an order
};

/// Fills in the declarations.
constexpr void declare(Program& p, const Outline& outline) {
    for (int t = 0; t < outline.tensor_count; ++t) p.tensors[t] = outline.tensors[t];
    for (int s = 0; s < outline.scalar_count; ++s) p.scalars[s] = outline.scalars[s];
    for (int i = 0; i < outline.index_count; ++i) p.indices[i] = outline.indices[i];
    for (int a = 0; a < outline.argument_count; ++a) p.arguments[a] = outline.arguments[a];
    p.tensor_count = outline.tensor_count;
    p.scalar_count = outline.scalar_count;
    p.index_count = outline.index_count;
    p.argument_count = outline.argument_count;
}

/// Number of the table entry with a name that is surely there.
template <class Named>
constexpr std::uint8_t number_of(const Named* table, std::string_view name) {
    std::uint8_t n = 0;
    while (table[n].name.view() != name) ++n;
    return n;
}

constexpr std::uint16_t add_node(Program& p, const Node& node) {
    p.nodes[p.node_count] = node;
    return p.node_count++;
}

constexpr bool same(const Affine& x, const Affine& y) {
    bool equal = x.count == y.count && x.constant == y.constant;
    for (int t = 0; equal && t < x.count; ++t)
        equal = x.terms[t].index == y.terms[t].index && x.terms[t].coefficient == y.terms[t].coefficient;
    return equal;
}

/// Number of the access in the table, which holds each once; -1 when the table is full.
constexpr int add_access(Program& p, const Access& access) {
    const int rank = p.tensors[access.tensor].rank;
    for (int a = 0; a < p.access_count; ++a) {
        bool equal = p.accesses[a].tensor == access.tensor;
        for (int d = 0; equal && d < rank; ++d)
            equal = same(p.accesses[a].subscripts[d], access.subscripts[d]);
        if (equal) return a;
    }
    if (p.access_count == max_accesses) return -1;
    p.accesses[p.access_count] = access;
    return p.access_count++;
}

}  // namespace sporkle::notation
