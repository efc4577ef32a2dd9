#include "codegen/text/program_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <sporkle/analysis.hpp>
#include <sporkle/hash.hpp>

#include "codegen/text/expression.hpp"

namespace sporkle::codegen {
namespace {

std::string hex(std::uint64_t word) {
    std::string text(16, '0');
    for (std::size_t digit = 0; digit < 16; ++digit)
        text[15 - digit] = "0123456789abcdef"[word >> 4 * digit & 15];
    return text;
}

std::string padded(std::string_view text, std::size_t width) {
    std::string result(text);
    result.resize(std::max(width, result.size()), ' ');
    return result;
}

std::string_view role_name(Role role) {
    constexpr std::string_view names[] = {"input", "output", "temporary"};
    return names[static_cast<std::size_t>(role)];
}

std::string_view boundary_name(Boundary boundary) {
    constexpr std::string_view names[] = {"none", "zero", "clamp", "wrap", "reflect"};
    return names[static_cast<std::size_t>(boundary)];
}

std::string tensors(const Program& p) {
    std::size_t width = 0;
    for (int t = 0; t < p.tensor_count; ++t) width = std::max(width, p.tensors[t].name.view().size());
    std::string text = "tensors\n";
    for (int t = 0; t < p.tensor_count; ++t) {
        const Tensor& x = p.tensors[t];
        text += "  " + padded(x.name.view(), width) + "  " + padded(role_name(x.role), 9) + "  " +
                padded(sporkle::name_of(x.dtype), 4) + "  rank " + std::to_string(x.rank);
        if (x.boundary != Boundary::none) text += "  boundary " + std::string(boundary_name(x.boundary));
        text += "\n";
    }
    return text;
}

std::string scalars(const Program& p) {
    if (p.scalar_count == 0) return {};
    std::string text = "scalars\n";
    for (int s = 0; s < p.scalar_count; ++s)
        text += "  " + std::string(p.scalars[s].name.view()) + "  " +
                std::string(sporkle::name_of(p.scalars[s].dtype)) + "\n";
    return text;
}

std::string indices(const Program& p) {
    if (p.index_count == 0) return {};
    std::string text = "indices\n  ";
    for (int i = 0; i < p.index_count; ++i) {
        text += (i > 0 ? ", " : "") + std::string(p.indices[i].name.view());
        if (p.indices[i].extent != 0) text += " = " + std::to_string(p.indices[i].extent);
    }
    return text + "\n";
}

std::string reductions(const Program& p) {
    if (p.reduction_count == 0) return {};
    const auto free = free_indices(p);
    std::string text = "reductions\n";
    for (int n = 0; n < p.node_count; ++n) {
        if (p.nodes[n].op != sporkle::Op::reduce) continue;
        const Reduction& x = p.reductions[p.nodes[n].ref];
        text += "  " + std::string(name_of(x.kind)) + " over ";
        for (int i = 0; i < x.count; ++i)
            text += (i > 0 ? ", " : "") + std::string(p.indices[x.indices[i]].name.view());
        text += ": " + std::string(name_of(effective_order(p, free, n)));
        text += accumulates_by_fma(p, n) ? ", by fma\n" : "\n";
    }
    return text;
}

std::string arguments(const Program& p) {
    std::string text = "arguments\n  ";
    for (int a = 0; a < p.argument_count; ++a) {
        const Argument& x = p.arguments[a];
        const Name& name = x.is_scalar ? p.scalars[x.number].name : p.tensors[x.number].name;
        text += (a > 0 ? ", " : "") + std::string(name.view());
    }
    return text + "\n";
}

/// How often each node is used by the statements, directly or by way of other nodes.
std::array<int, max_nodes> uses_of(const Program& p) {
    std::array<int, max_nodes> uses{};
    for (int s = 0; s < p.statement_count; ++s) ++uses[p.statements[s].value];
    for (int n = p.node_count - 1; n >= 0; --n) {  // operands have lower numbers
        if (uses[static_cast<std::size_t>(n)] == 0) continue;
        const Node& x = p.nodes[n];
        const std::uint16_t operands[3] = {x.a, x.b, x.c};
        for (int o = 0; o < operand_count(x.op); ++o) ++uses[operands[o]];
    }
    return uses;
}

/// Nodes from which the node is computed, itself included, in ascending order.
std::vector<int> below(const Program& p, int node) {
    std::vector<bool> reached(static_cast<std::size_t>(node) + 1);
    reached.back() = true;
    std::vector<int> result;
    for (int n = node; n >= 0; --n) {
        if (!reached[static_cast<std::size_t>(n)]) continue;
        result.push_back(n);
        const Node& x = p.nodes[n];
        const std::uint16_t operands[3] = {x.a, x.b, x.c};
        for (int o = 0; o < operand_count(x.op); ++o) reached[operands[o]] = true;
    }
    std::reverse(result.begin(), result.end());
    return result;
}

std::string statements(const Program& p) {
    const auto uses = uses_of(p);
    ExpressionText expressions(p);
    std::string text = "statements\n";
    int named = 0;
    for (int s = 0; s < p.statement_count; ++s) {
        const Statement& x = p.statements[s];
        for (int n : below(p, x.value)) {
            const bool leaf = operand_count(p.nodes[n].op) == 0;
            if (leaf || uses[static_cast<std::size_t>(n)] < 2 || expressions.has_name(n)) continue;
            const std::string name = "$" + std::to_string(++named);
            text += "  let " + name + " = " + expressions.definition(n) + "\n";
            expressions.set_name(n, name);
        }
        text += "  " + text_of(p, x.target) + " = " + expressions.use(x.value) + "\n";
    }
    return text;
}

}  // namespace

std::string to_text(const Program& p) {
    const Hash hash = hash_of(p);
    return "kernel " + std::string(p.name.view()) +
           (p.numerics == Numerics::fast ? " (fast)\n" : " (reproducible)\n") + "hash " + hex(hash.high) +
           hex(hash.low) + "\n" + tensors(p) + scalars(p) + indices(p) + reductions(p) + arguments(p) +
           statements(p);
}

}  // namespace sporkle::codegen
