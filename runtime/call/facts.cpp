#include "runtime/call/facts.hpp"

#include <sporkle/analysis.hpp>

namespace sporkle::runtime {
namespace {

/// Whether every read of `input` has the subscripts of the one statement's target, all of them plain.
bool reads_where_it_writes(const Program& p, int input) {
    const Access& target = p.statements[0].target;
    const int rank = p.tensors[target.tensor].rank;
    if (p.tensors[input].rank != rank) return false;
    for (int a = 0; a < p.access_count; ++a) {
        const Access& access = p.accesses[a];
        if (access.tensor != input) continue;
        for (int d = 0; d < rank; ++d) {
            const Affine &read = access.subscripts[d], &written = target.subscripts[d];
            if (!read.is_plain() || !written.is_plain() || read.terms[0].index != written.terms[0].index)
                return false;
        }
    }
    return true;
}

}  // namespace

Facts::Facts(const Program& p) : block(p) {
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::input) inputs[input_count++] = static_cast<std::uint8_t>(t);
        if (p.tensors[t].role == Role::output) outputs[output_count++] = static_cast<std::uint8_t>(t);
    }
    if (p.statement_count != 1 || p.reduction_count != 0) return;
    for (int i = 0; i < input_count; ++i)
        in_place[inputs[i]][outputs[0]] = reads_where_it_writes(p, inputs[i]);
}

double operations(const Program& p, const Extents& extents) {
    // A node is evaluated once for every combination of the indices on which it depends, a reduction's body
    // also for those that are reduced.
    const auto free = free_indices(p);
    double total = 0;
    for (int n = 0; n < p.node_count; ++n) {
        IndexSet indices = free[static_cast<std::size_t>(n)];
        if (p.nodes[n].op == Op::reduce) indices |= index_set(p.reductions[p.nodes[n].ref]);
        double evaluations = 1;
        for (int i = 0; i < p.index_count; ++i)
            if (indices >> i & 1) evaluations *= static_cast<double>(extents.index[i]);
        total += evaluations;
    }
    return total;
}

}  // namespace sporkle::runtime
