// Whether a Program keeps every rule of program.hpp. A Program may come from a hostile file: `parse_program`
// makes one from bytes, `validate` bounds each number before it is used to reach anything.
//
// Beyond the rules that program.hpp states for each member:
//   - Every field that a node does not use is 0, and a literal's pattern is canonical (upper bits are zero,
//   or
//     the sign for signed integers), so equal kernels have equal bytes where it counts.
//   - Each node's type fits those of its operands: typing.hpp. A statement's value has value_type of the
//     target's dtype.
//   - On the left an index stands at most once; a reduced index is neither free on the left nor reduced again
//     inside its own reduction; every other index of the value is on the left.
//   - Every index that has no compile-time extent is bound by a subscript, if need be by way of a temporary.
//   - The arguments are the inputs, scalars and outputs, each once.
#pragma once

#include <sporkle/posix_index.hpp>  // before <cstring>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include <sporkle/analysis.hpp>
#include <sporkle/binding.hpp>
#include <sporkle/program.hpp>
#include <sporkle/typing.hpp>

namespace sporkle {

static_assert(std::is_trivially_copyable_v<Program> && std::is_standard_layout_v<Program>);

namespace validation {

/// Accumulates the first complaint. Every check returns whether all is still well.
class Checker {
  public:
    explicit Checker(const Program& program) : p_(program) {}

    std::string run() {
        if (counts() && names() && tables() && accesses() && reductions() && nodes() && statements() &&
            indices_bound() && arguments())
            return {};
        return message_;
    }

  private:
    bool fail(const std::string& what) {
        message_ = named_ ? "kernel '" + std::string(p_.name.view()) + "': " + what : what;
        return false;
    }
    static std::string number(std::int64_t n) { return std::to_string(n); }
    template <class Named>
    static std::string name(const Named& x) {
        return "'" + std::string(x.name.view()) + "'";
    }

    bool bound(const char* what, int count, int highest) {
        return count <= highest || fail(std::string("has ") + number(count) + " " + what + ", at most " +
                                        number(highest) + " are possible");
    }
    bool counts() {
        return bound("tensors", p_.tensor_count, max_tensors) &&
               bound("scalars", p_.scalar_count, max_scalars) &&
               bound("indices", p_.index_count, max_indices) &&
               bound("accesses", p_.access_count, max_accesses) &&
               bound("reductions", p_.reduction_count, max_reductions) &&
               bound("statements", p_.statement_count, max_statements) &&
               bound("arguments", p_.argument_count, max_arguments) &&
               bound("nodes", p_.node_count, max_nodes) &&
               (p_.statement_count > 0 || fail("has no statement")) &&
               (p_.numerics <= Numerics::fast || fail("has an unknown numerics class"));
    }

    /// Names go into messages and file names of listings: they end, and hold no control characters.
    bool good(const Name& name, const std::string& whose) {
        for (const char c : name.text) {
            if (c == 0) return true;
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                return fail("the name of " + whose + " holds a control character");
        }
        return fail("the name of " + whose + " does not end");
    }
    bool names() {
        if (!good(p_.name, "the kernel")) return false;
        named_ = true;
        for (int t = 0; t < p_.tensor_count; ++t)
            if (!good(p_.tensors[t].name, "tensor " + number(t))) return false;
        for (int s = 0; s < p_.scalar_count; ++s)
            if (!good(p_.scalars[s].name, "scalar " + number(s))) return false;
        for (int i = 0; i < p_.index_count; ++i)
            if (!good(p_.indices[i].name, "index " + number(i))) return false;
        return true;
    }

    static bool known(DType type) { return static_cast<unsigned>(type) < dtype_count; }
    bool tables() {
        for (int t = 0; t < p_.tensor_count; ++t) {
            const Tensor& x = p_.tensors[t];
            if (!known(x.dtype)) return fail("tensor " + name(x) + " has an unknown dtype");
            if (x.rank > max_rank) return fail("tensor " + name(x) + " has rank " + number(x.rank));
            if (x.role > Role::temporary) return fail("tensor " + name(x) + " has an unknown role");
            if (x.boundary > Boundary::reflect)
                return fail("tensor " + name(x) + " has an unknown boundary rule");
        }
        for (int s = 0; s < p_.scalar_count; ++s)
            if (!known(p_.scalars[s].dtype))
                return fail("scalar " + name(p_.scalars[s]) + " has an unknown dtype");
        for (int i = 0; i < p_.index_count; ++i)
            if (p_.indices[i].extent < 0 || p_.indices[i].extent > max_static_extent)
                return fail("index " + name(p_.indices[i]) + " has extent " + number(p_.indices[i].extent));
        return true;
    }

    bool access(const Access& a, const std::string& what) {
        if (a.tensor >= p_.tensor_count) return fail(what + " is of no tensor");
        const Tensor& tensor = p_.tensors[a.tensor];
        for (int d = 0; d < tensor.rank; ++d) {
            const Affine& s = a.subscripts[d];
            const std::string where = "subscript " + number(d) + " of tensor " + name(tensor);
            if (s.count > max_terms) return fail(where + " has " + number(s.count) + " terms");
            for (int t = 0; t < s.count; ++t) {
                if (s.terms[t].index >= p_.index_count) return fail(where + " has an unknown index");
                if (t > 0 && s.terms[t].index <= s.terms[t - 1].index)
                    return fail(where + " does not name its indices in ascending order");
                if (s.terms[t].coefficient == 0) return fail(where + " has a coefficient 0");
            }
        }
        return true;
    }
    bool accesses() {
        for (int a = 0; a < p_.access_count; ++a)
            if (!access(p_.accesses[a], "access " + number(a))) return false;
        return true;
    }

    bool reductions() {
        for (int r = 0; r < p_.reduction_count; ++r) {
            const Reduction& x = p_.reductions[r];
            const std::string where = "reduction " + number(r);
            if (x.kind > Reduce::argmin) return fail(where + " is of unknown kind");
            if (x.order > Order::any) return fail(where + " has an unknown order");
            if (x.count < 1 || x.count > max_rank)
                return fail(where + " has " + number(x.count) + " indices");
            IndexSet seen = 0;
            for (int i = 0; i < x.count; ++i) {
                if (x.indices[i] >= p_.index_count) return fail(where + " has an unknown index");
                const IndexSet bit = IndexSet(1) << x.indices[i];
                if (seen & bit)
                    return fail(where + " names index " + name(p_.indices[x.indices[i]]) + " twice");
                seen |= bit;
            }
        }
        return true;
    }

    // --- nodes ---

    bool nodes() {
        for (int n = 0; n < p_.node_count; ++n) {
            const Node& x = p_.nodes[n];
            if (x.op > Op::reduce) return fail("node " + number(n) + " has an unknown operation");
            if (!known(x.dtype) || value_type(x.dtype) != x.dtype)
                return fail("node " + number(n) + " has no type that a value can have");
            const int operands = operand_count(x.op);
            const std::uint16_t uses[3] = {x.a, x.b, x.c};
            for (int o = 0; o < 3; ++o) {
                if (o < operands && uses[o] >= n)
                    return fail("node " + number(n) + " uses a node that does not come before it");
                if (o >= operands && uses[o] != 0)
                    return fail("node " + number(n) + " has an operand that it does not use");
            }
            if (!reference(n) || !types(n) || !reduces_once(n)) return false;
        }
        free_ = free_indices(p_);
        return true;
    }

    bool reference(int n) {
        const Node& x = p_.nodes[n];
        int limit = 1;  // no table: 0 only
        if (x.op == Op::scalar) limit = p_.scalar_count;
        if (x.op == Op::access) limit = p_.access_count;
        if (x.op == Op::index_value) limit = p_.index_count;
        if (x.op == Op::cast) limit = dtype_count;
        if (x.op == Op::reduce) limit = p_.reduction_count;
        if (x.ref >= limit) return fail("node " + number(n) + " refers to an entry that is not there");
        if (x.op == Op::literal && canonical(x.bits, x.dtype) != x.bits)
            return fail("node " + number(n) + " holds a pattern that no value of its type has");
        if (x.op != Op::literal && x.bits != 0)
            return fail("node " + number(n) + " holds a pattern but is no literal");
        return true;
    }

    static std::uint64_t canonical(std::uint64_t bits, DType type) {
        if (type == DType::boolean) return bits & 1;
        const int unused = 64 - 8 * size_of(type);
        if (is_integer(type) && is_signed(type))
            return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
        return bits << unused >> unused;
    }

    bool types(int n) {
        if (fits_operands(p_, n)) return true;
        const Node& x = p_.nodes[n];
        std::string message =
            "node " + number(n) + " of type " + std::string(name_of(x.dtype)) + " does not fit its operands";
        const std::uint16_t uses[3] = {x.a, x.b, x.c};
        for (int o = 0; o < operand_count(x.op); ++o)
            message += (o == 0 ? " of type " : ", ") + std::string(name_of(p_.nodes[uses[o]].dtype));
        return fail(message);
    }

    /// Notes the indices that are reduced somewhere below node n.
    bool reduces_once(int n) {
        const Node& x = p_.nodes[n];
        const int operands = operand_count(x.op);
        const std::uint16_t uses[3] = {x.a, x.b, x.c};
        for (int o = 0; o < operands; ++o) reduced_[n] |= reduced_[uses[o]];
        if (x.op != Op::reduce) return true;
        const IndexSet own = index_set(p_.reductions[x.ref]);
        if (const IndexSet twice = own & reduced_[n])
            return fail("index " + first_name(twice) + " is reduced again inside its own reduction");
        reduced_[n] |= own;
        return true;
    }
    std::string first_name(IndexSet set) const {
        for (int i = 0; i < p_.index_count; ++i)
            if (set >> i & 1) return name(p_.indices[i]);
        return "''";
    }

    // --- statements ---

    bool statements() {
        bool assigned[max_tensors] = {};
        for (int s = 0; s < p_.statement_count; ++s) {
            const Statement& x = p_.statements[s];
            if (!access(x.target, "the target of statement " + number(s))) return false;
            const Tensor& target = p_.tensors[x.target.tensor];
            if (target.role == Role::input) return fail("input " + name(target) + " is assigned to");
            if (assigned[x.target.tensor]) return fail("tensor " + name(target) + " is assigned twice");
            if (x.value >= p_.node_count) return fail("the value of statement " + number(s) + " is no node");
            const DType value = p_.nodes[x.value].dtype;
            if (value != value_type(target.dtype))
                return fail("a value of type " + std::string(name_of(value)) + " is assigned to tensor " +
                            name(target) + " of type " + std::string(name_of(target.dtype)));
            IndexSet left = 0;
            if (!left_side(x.target, left)) return false;
            if (const IndexSet both = left & reduced_[x.value])
                return fail("index " + first_name(both) + " is reduced, yet stands on the left, in " +
                            name(target));
            if (const IndexSet missing = free_[x.value] & ~left)
                return fail("index " + first_name(missing) + " of the value is missing on the left, in " +
                            name(target));
            if (!reads_assigned(x.value, assigned)) return false;
            assigned[x.target.tensor] = true;
        }
        for (int t = 0; t < p_.tensor_count; ++t)
            if (p_.tensors[t].role != Role::input && !assigned[t])
                return fail("tensor " + name(p_.tensors[t]) + " is never assigned to");
        return true;
    }

    bool left_side(const Access& target, IndexSet& left) {
        const Tensor& tensor = p_.tensors[target.tensor];
        for (int d = 0; d < tensor.rank; ++d) {
            if (left_subscript(p_, target.subscripts[d]).index < 0)
                return fail("subscript " + number(d) + " on the left, in " + name(tensor) +
                            ", is neither an index nor of the form S*i + p with p of extent S");
            const IndexSet own = index_set(target.subscripts[d]);
            if (const IndexSet twice = own & left)
                return fail("index " + first_name(twice) + " stands twice on the left, in " + name(tensor));
            left |= own;
        }
        return true;
    }

    bool reads_assigned(int value, const bool (&assigned)[max_tensors]) {
        bool reached[max_nodes] = {};
        reached[value] = true;
        for (int n = value; n >= 0; --n) {
            if (!reached[n]) continue;
            const Node& x = p_.nodes[n];
            const std::uint16_t uses[3] = {x.a, x.b, x.c};
            for (int o = 0; o < operand_count(x.op); ++o) reached[uses[o]] = true;
            if (x.op != Op::access) continue;
            const int t = p_.accesses[x.ref].tensor;
            if (p_.tensors[t].role != Role::input && !assigned[t])
                return fail("tensor " + name(p_.tensors[t]) + " is read before it is assigned to");
        }
        return true;
    }

    bool indices_bound() {
        const IndexSet unbound = unbound_indices(p_);
        return unbound == 0 ||
               fail("index " + first_name(unbound) + " has no extent: no tensor's subscript is it alone");
    }

    bool arguments() {
        bool tensor_seen[max_tensors] = {}, scalar_seen[max_scalars] = {};
        for (int a = 0; a < p_.argument_count; ++a) {
            const Argument& x = p_.arguments[a];
            const int limit = x.is_scalar ? p_.scalar_count : p_.tensor_count;
            if (x.number >= limit) return fail("argument " + number(a) + " is not there");
            bool& seen = x.is_scalar ? scalar_seen[x.number] : tensor_seen[x.number];
            if (seen) return fail("argument " + number(a) + " is given twice");
            seen = true;
        }
        for (int s = 0; s < p_.scalar_count; ++s)
            if (!scalar_seen[s]) return fail("scalar " + name(p_.scalars[s]) + " is no argument");
        for (int t = 0; t < p_.tensor_count; ++t)
            if (tensor_seen[t] == (p_.tensors[t].role == Role::temporary))
                return fail("tensor " + name(p_.tensors[t]) +
                            (tensor_seen[t] ? " is a temporary and an argument" : " is no argument"));
        return true;
    }

    const Program& p_;
    bool named_ = false;
    std::string message_;
    std::array<IndexSet, max_nodes> free_{};
    IndexSet reduced_[max_nodes] = {};  ///< indices reduced in the tree below each node
};

}  // namespace validation

/// Empty when the Program keeps every rule; otherwise what is wrong, with the names that its author chose.
inline std::string validate(const Program& program) { return validation::Checker(program).run(); }

/// Makes a Program of bytes that may be anything. On failure returns false and says why in `error`; `program`
/// is then not to be used. Only `bool` members need a look before the bytes may be a Program: every pattern
/// is a value of an enumeration with a fixed underlying type, and `validate` bounds those.
inline bool parse_program(std::span<const std::byte> bytes, Program& program, std::string& error) {
    if (bytes.size() != sizeof(Program)) {
        error = "a Program has " + std::to_string(sizeof(Program)) + " bytes, not " +
                std::to_string(bytes.size());
        return false;
    }
    for (std::size_t a = 0; a < max_arguments; ++a) {
        const std::byte flag =
            bytes[offsetof(Program, arguments) + a * sizeof(Argument) + offsetof(Argument, is_scalar)];
        if (flag > std::byte(1)) {
            error = "argument " + std::to_string(a) + " holds a boolean that is neither 0 nor 1";
            return false;
        }
    }
    std::memcpy(&program, bytes.data(), sizeof(Program));
    error = validate(program);
    return error.empty();
}

}  // namespace sporkle
