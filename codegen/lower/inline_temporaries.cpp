#include "codegen/lower/inline_temporaries.hpp"

#include <array>
#include <optional>
#include <vector>

#include <sporkle/analysis.hpp>

namespace sporkle::codegen {
namespace {

/// Copies expressions from one Program into another, with some accesses replaced by whole expressions.
class Inliner {
  public:
    Inliner(const Program& source, int statement) : source_(source), inlined_(statement), result_(source) {
        result_.node_count = 0;
        result_.access_count = 0;
        result_.statement_count = 0;
    }

    std::optional<Program> run() {
        Renaming same;
        for (int i = 0; i < max_indices; ++i)
            same[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
        for (int s = 0; s < source_.statement_count; ++s) {
            if (s == inlined_) continue;
            std::vector<int> memo(source_.node_count, -1);
            const int value = copy(source_.statements[s].value, same, memo);
            if (full_) return std::nullopt;
            result_.statements[result_.statement_count++] = {source_.statements[s].target,
                                                             static_cast<std::uint16_t>(value)};
        }
        return result_;
    }

  private:
    using Renaming = std::array<std::uint8_t, max_indices>;

    int append(const Node& node) {
        if (result_.node_count == max_nodes) {
            full_ = true;
            return 0;
        }
        result_.nodes[result_.node_count] = node;
        return result_.node_count++;
    }

    int copy(int node, const Renaming& names, std::vector<int>& memo) {
        if (memo[static_cast<std::size_t>(node)] >= 0) return memo[static_cast<std::size_t>(node)];
        Node n = source_.nodes[node];
        std::uint16_t* operands[3] = {&n.a, &n.b, &n.c};
        for (int i = 0; i < operand_count(n.op); ++i)
            *operands[i] = static_cast<std::uint16_t>(copy(*operands[i], names, memo));
        if (n.op == Op::index_value) n.ref = names[n.ref];
        const int made = n.op == Op::access ? copy_access(n, names) : append(n);
        memo[static_cast<std::size_t>(node)] = made;
        return made;
    }

    int copy_access(Node n, const Renaming& names) {
        Access access = source_.accesses[n.ref];
        const Statement& definition = source_.statements[inlined_];
        const int rank = source_.tensors[access.tensor].rank;
        if (access.tensor == definition.target.tensor) {
            Renaming inner = names;
            for (int d = 0; d < rank; ++d)
                inner[definition.target.subscripts[d].terms[0].index] =
                    names[access.subscripts[d].terms[0].index];
            std::vector<int> memo(source_.node_count, -1);
            const int value = copy(definition.value, inner, memo);
            const DType storage = source_.tensors[access.tensor].dtype;
            if (storage == value_type(storage)) return value;
            Node round;
            round.op = Op::cast;
            round.dtype = n.dtype;
            round.a = static_cast<std::uint16_t>(value);
            round.ref = static_cast<std::uint16_t>(storage);
            return append(round);
        }
        for (int d = 0; d < rank; ++d) {
            Affine& s = access.subscripts[d];
            for (int t = 0; t < s.count; ++t) s.terms[t].index = names[s.terms[t].index];
        }
        if (result_.access_count == max_accesses) {
            full_ = true;
            return 0;
        }
        n.ref = result_.access_count;
        result_.accesses[result_.access_count++] = access;
        return append(n);
    }

    const Program& source_;
    const int inlined_;
    Program result_;
    bool full_ = false;
};

/// The nodes that a node's value depends on, itself included.
std::vector<bool> below(const Program& p, int root) {
    std::vector<bool> set(p.node_count, false);
    set[static_cast<std::size_t>(root)] = true;
    for (int n = root; n >= 0; --n) {  // operands come before their users
        if (!set[static_cast<std::size_t>(n)]) continue;
        const Node& x = p.nodes[n];
        const std::uint16_t operands[3] = {x.a, x.b, x.c};
        for (int i = 0; i < operand_count(x.op); ++i) set[operands[i]] = true;
    }
    return set;
}

bool has_reduction(const Program& p, int root) {
    const auto set = below(p, root);
    for (int n = 0; n <= root; ++n)
        if (set[static_cast<std::size_t>(n)] && p.nodes[n].op == Op::reduce) return true;
    return false;
}

/// Whether a statement assigns a temporary elementwise and every read is of an element as it is assigned.
bool can_recompute(const Program& p, int statement) {
    const Access& target = p.statements[statement].target;
    const Tensor& tensor = p.tensors[target.tensor];
    if (tensor.role != Role::temporary || tensor.rank == 0 || has_reduction(p, p.statements[statement].value))
        return false;
    bool is_read = false;
    for (int d = 0; d < tensor.rank; ++d)
        if (!target.subscripts[d].is_plain()) return false;
    for (int n = 0; n < p.node_count; ++n) {
        if (p.nodes[n].op != Op::access || p.accesses[p.nodes[n].ref].tensor != target.tensor) continue;
        is_read = true;
        for (int d = 0; d < tensor.rank; ++d)
            if (!p.accesses[p.nodes[n].ref].subscripts[d].is_plain()) return false;
    }
    return is_read;
}

/// Whether a statement's temporary can be inlined: elementwise, plain, read by one node of one statement
/// whose iteration space (free and reduced indices) is that of the read, and read outside the tensor never.
bool can_inline(const Program& p, int statement) {
    const Access& target = p.statements[statement].target;
    const Tensor& tensor = p.tensors[target.tensor];
    if (tensor.role != Role::temporary || has_reduction(p, p.statements[statement].value)) return false;
    for (int d = 0; d < tensor.rank; ++d)
        if (!target.subscripts[d].is_plain()) return false;
    int reader = -1;
    for (int n = 0; n < p.node_count; ++n) {
        if (p.nodes[n].op != Op::access || p.accesses[p.nodes[n].ref].tensor != target.tensor) continue;
        if (reader >= 0) return false;
        reader = n;
    }
    if (reader < 0) return false;
    const Access& read = p.accesses[p.nodes[reader].ref];
    for (int d = 0; d < tensor.rank; ++d)
        if (!read.subscripts[d].is_plain()) return false;
    int users = 0;
    IndexSet space = 0;
    for (int s = 0; s < p.statement_count; ++s) {
        const auto used = below(p, p.statements[s].value);
        if (!used[static_cast<std::size_t>(reader)]) continue;
        ++users;
        space = index_set(p, p.statements[s].target);
        for (int n = 0; n < p.node_count; ++n)
            if (p.nodes[n].op == Op::reduce && used[static_cast<std::size_t>(n)] &&
                below(p, n)[static_cast<std::size_t>(reader)])
                space |= index_set(p.reductions[p.nodes[n].ref]);
    }
    return users == 1 && space == index_set(p, read);
}

}  // namespace

static Program with_inlined(const Program& program, bool (*wanted)(const Program&, int)) {
    Program result = program;
    for (int s = 0; s < result.statement_count;) {
        std::optional<Program> inlined;
        if (wanted(result, s)) inlined = Inliner(result, s).run();
        if (inlined)
            result = *inlined;  // the next statement has this number now
        else
            ++s;
    }
    return result;
}

Program inline_temporaries(const Program& program) { return with_inlined(program, can_inline); }

Program recompute_temporaries(const Program& program) { return with_inlined(program, can_recompute); }

}  // namespace sporkle::codegen
