#include "codegen/lower/normalize.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <sporkle/error.hpp>

#include "codegen/lower/inline_temporaries.hpp"
#include "codegen/lower/stage.hpp"

namespace sporkle::codegen {
namespace {

[[noreturn]] void no_room(const Program& program, const char* what) {
    throw Error(ErrorCode::unsupported, "kernel '" + std::string(program.name.view()) +
                                            "': no room for the " + what +
                                            " that its nested reductions need");
}

class Normalizer {
  public:
    explicit Normalizer(const Program& source)
        : source_(source), free_(free_indices(source)), first_(find_equals(source)), result_(source) {
        result_.node_count = 0;
        result_.statement_count = 0;
    }

    Program run() {
        for (int s = 0; s < source_.statement_count; ++s) {
            const Statement& statement = source_.statements[s];
            IndexSet free = index_set(source_, statement.target);
            kept_ = kept_reduction(statement.value, free);
            if (kept_ >= 0) kept_ = first_[static_cast<std::size_t>(kept_)];
            memo_.assign(source_.node_count, -1);
            const int value = copy(statement.value);
            append_statement(statement.target, value);
        }
        return result_;
    }

  private:
    /// The reduction that may stay in its statement: the last one outside any other whose free indices are
    /// all of the statement's, so that it is evaluated once for each element of the target.
    int kept_reduction(int root, IndexSet free) const {
        std::vector<bool> outside(static_cast<std::size_t>(root) + 1, false);
        outside[static_cast<std::size_t>(root)] = true;
        int kept = -1;
        for (int n = root; n >= 0; --n) {  // operands come before their users
            if (!outside[static_cast<std::size_t>(n)]) continue;
            const Node& x = source_.nodes[n];
            if (x.op == Op::reduce) {
                if (kept < 0 && free_[static_cast<std::size_t>(n)] == free) kept = n;
                continue;
            }
            const std::uint16_t operands[3] = {x.a, x.b, x.c};
            for (int i = 0; i < operand_count(x.op); ++i) outside[operands[i]] = true;
        }
        return kept;
    }

    int append(Node node) {
        if (result_.node_count == max_nodes) no_room(source_, "nodes");
        result_.nodes[result_.node_count] = node;
        return result_.node_count++;
    }

    void append_statement(const Access& target, int value) {
        if (result_.statement_count == max_statements) no_room(source_, "statements");
        result_.statements[result_.statement_count++] = {target, static_cast<std::uint16_t>(value)};
    }

    /// Copies the DAG below a node of the source into the result, with all reductions but the kept one
    /// hoisted. Equal expressions become one node.
    int copy(int node) {
        node = first_[static_cast<std::size_t>(node)];
        if (memo_[node] >= 0) return memo_[node];
        Node n = source_.nodes[node];
        std::uint16_t* operands[3] = {&n.a, &n.b, &n.c};
        for (int i = 0; i < operand_count(n.op); ++i)
            *operands[i] = static_cast<std::uint16_t>(copy(*operands[i]));
        const int made = n.op == Op::reduce && node != kept_ ? hoist(node, n) : append(n);
        memo_[node] = made;
        return made;
    }

    /// Assigns a reduction (already copied) to a temporary over its free indices and returns a read of it.
    int hoist(int node, const Node& copied) {
        for (const auto& [earlier, access] : hoisted_)
            if (earlier == node) return append_access(access, copied.dtype);
        const int value = append(copied);
        if (result_.tensor_count == max_tensors) no_room(source_, "temporaries");
        const int tensor = result_.tensor_count++;
        Tensor& t = result_.tensors[tensor];
        t = Tensor{};
        t.name.assign("reduction" + std::to_string(hoisted_.size()));
        t.dtype = copied.dtype;
        t.role = Role::temporary;
        Access access;
        access.tensor = static_cast<std::uint8_t>(tensor);
        const IndexSet free = free_[node];
        for (int i = 0; i < source_.index_count; ++i) {
            if (!contains(free, i)) continue;
            if (t.rank == max_rank) no_room(source_, "dimensions of a temporary");
            Affine& s = access.subscripts[t.rank++];
            s.count = 1;
            s.terms[0] = {static_cast<std::uint8_t>(i), 1};
        }
        append_statement(access, value);
        if (result_.access_count == max_accesses) no_room(source_, "accesses");
        const int number = result_.access_count++;
        result_.accesses[number] = access;
        hoisted_.emplace_back(node, number);
        return append_access(number, copied.dtype);
    }

    int append_access(int access, DType dtype) {
        Node read;
        read.op = Op::access;
        read.dtype = dtype;
        read.ref = static_cast<std::uint16_t>(access);
        return append(read);
    }

    /// For every node the first one that is the same expression.
    static std::vector<int> find_equals(const Program& p) {
        std::vector<int> first(p.node_count);
        for (int n = 0; n < p.node_count; ++n) {
            first[static_cast<std::size_t>(n)] = n;
            for (int m = 0; m < n; ++m)
                if (first[static_cast<std::size_t>(m)] == m && same_expression(p, first, m, n)) {
                    first[static_cast<std::size_t>(n)] = m;
                    break;
                }
        }
        return first;
    }

    static bool same_expression(const Program& p, const std::vector<int>& first, int x, int y) {
        const Node &a = p.nodes[x], &b = p.nodes[y];
        if (a.op != b.op || a.dtype != b.dtype || a.bits != b.bits) return false;
        if (a.op == Op::reduce) {
            const Reduction &r = p.reductions[a.ref], &q = p.reductions[b.ref];
            if (r.kind != q.kind || r.order != q.order || r.count != q.count) return false;
            if (!std::equal(r.indices, r.indices + r.count, q.indices)) return false;
        } else if (a.ref != b.ref) {
            return false;
        }
        const std::uint16_t left[3] = {a.a, a.b, a.c}, right[3] = {b.a, b.b, b.c};
        for (int i = 0; i < operand_count(a.op); ++i)
            if (first[left[i]] != first[right[i]]) return false;
        return true;
    }

    const Program& source_;
    const std::array<IndexSet, max_nodes> free_;
    const std::vector<int> first_;
    Program result_;
    int kept_ = -1;
    std::vector<int> memo_;
    std::vector<std::pair<int, int>> hoisted_;  ///< (first such node of the source, access of the temporary)
};

}  // namespace

Program normalize(const Program& program) { return Normalizer(inline_temporaries(program)).run(); }

}  // namespace sporkle::codegen
