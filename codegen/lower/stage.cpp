#include "codegen/lower/stage.hpp"

#include <algorithm>

namespace sporkle::codegen {
namespace {

/// Visits every node below (and with) `node` once.
template <class Visit>
void for_each_node(const Program& p, int node, const Visit& visit) {
    std::vector<bool> seen(p.node_count);
    std::vector<int> open{node};
    while (!open.empty()) {
        const int n = open.back();
        open.pop_back();
        if (seen[n]) continue;
        seen[n] = true;
        visit(n);
        const std::uint16_t operands[3] = {p.nodes[n].a, p.nodes[n].b, p.nodes[n].c};
        open.insert(open.end(), operands, operands + operand_count(p.nodes[n].op));
    }
}

int find_reduction(const Program& p, int node) {
    int found = -1;
    for_each_node(p, node, [&](int n) {
        if (p.nodes[n].op == Op::reduce) found = n;
    });
    return found;
}

/// Whether every term of the access in which `index` occurs is the index alone in one subscript.
bool occurs_once(const Program& p, const Access& a, int index) {
    int count = 0;
    for (int d = 0; d < p.tensors[a.tensor].rank; ++d)
        for (int t = 0; t < a.subscripts[d].count; ++t) count += a.subscripts[d].terms[t].index == index;
    return count == 1;
}

void find_contraction(const Program& p, const std::array<IndexSet, max_nodes>& free, Stage& s) {
    const Node& body = p.nodes[s.body];
    if (s.reduction.kind != Reduce::sum || s.reduction.order != Order::chain || body.op != Op::mul) return;
    const int inner = innermost_index(p, s);
    if (inner < 0 || !occurs_once(p, p.statements[s.statement].target, inner)) return;
    int a = body.a, b = body.b;
    if (contains(free[a], inner)) std::swap(a, b);
    const IndexSet in_a = free[a], in_b = free[b];
    if (contains(in_a, inner) || !contains(in_b, inner)) return;
    const IndexSet reduced = index_set(s.reduction);
    if ((in_a & reduced) != reduced || (in_b & reduced) != reduced) return;
    // Rows: the last of the target's indices that a has and b lacks.
    for (const int i : s.free)
        if (contains(in_a, i) && !contains(in_b, i)) s.axis_m = i;
    if (s.axis_m < 0) return;
    s.is_contraction = true;
    s.factor_a = a;
    s.factor_b = b;
    s.axis_n = inner;
}

}  // namespace

std::vector<int> accesses_below(const Program& program, int node) {
    std::vector<int> found;
    for_each_node(program, node, [&](int n) {
        if (program.nodes[n].op == Op::access) found.push_back(program.nodes[n].ref);
    });
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::vector<Stage> stages_of(const Program& normalized) {
    const auto free = free_indices(normalized);
    std::vector<Stage> stages;
    for (int s = 0; s < normalized.statement_count; ++s) {
        const Statement& statement = normalized.statements[s];
        Stage stage;
        stage.statement = s;
        stage.root = statement.value;
        stage.target = statement.target.tensor;
        for (int d = 0; d < normalized.tensors[stage.target].rank; ++d) {
            const LeftSubscript left = left_subscript(normalized, statement.target.subscripts[d]);
            stage.free.push_back(left.index);
            if (left.phase >= 0) stage.free.push_back(left.phase);
        }
        stage.reduce = find_reduction(normalized, stage.root);
        if (stage.reduce >= 0) {
            stage.body = normalized.nodes[stage.reduce].a;
            stage.reduction = normalized.reductions[normalized.nodes[stage.reduce].ref];
            stage.reduction.order = effective_order(normalized, free, stage.reduce);
            find_contraction(normalized, free, stage);
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

int innermost_index(const Program& program, const Stage& stage) {
    const int rank = program.tensors[stage.target].rank;
    if (rank == 0) return -1;
    return left_subscript(program, program.statements[stage.statement].target.subscripts[rank - 1]).index;
}

int widest_element(const Program& program, const Stage& stage) {
    int bytes = size_of(value_type(program.tensors[stage.target].dtype));
    for_each_node(program, stage.root, [&](int n) {
        const Node& x = program.nodes[n];
        const bool narrow = x.dtype == DType::boolean || x.op == Op::literal || x.op == Op::scalar;
        if (!narrow) bytes = std::max(bytes, size_of(x.dtype));
    });
    return bytes;
}

}  // namespace sporkle::codegen
