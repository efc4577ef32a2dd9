#include "tests/support/random_program.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <sporkle/analysis.hpp>
#include <sporkle/binding.hpp>
#include <sporkle/validate.hpp>

#include "tests/support/program_builder.hpp"
#include "tests/support/random.hpp"

namespace sporkle::testing {
namespace {

using Scope = std::vector<int>;  ///< indices that an expression may use

/// Writes one Program by chance. No call has two arguments that make choices: their order is the compiler's.
/// What it writes is valid; nearly always some call fits it, too, since indices
/// and dimensions carry a class: a plain subscript is used only where both are of one class.
class ProgramWriter {
  public:
    ProgramWriter(std::uint64_t seed, int size) : r_(seed), size_(size), b_("random") {}

    Program write() {
        const int statements = 1 + (size_ > 1 ? r_.below(1 + std::min(size_ / 2, 4)) : 0);
        for (int s = 0; s < statements; ++s) statement(s + 1 == statements);
        Program p = b_.finish();
        // An index that only windows use has no tensor to tell its extent.
        for (IndexSet unbound = unbound_indices(p), i = 0; unbound != 0; ++i, unbound >>= 1)
            if (unbound & 1) p.indices[i].extent = r_.between(1, 5);
        return p;
    }

  private:
    // --- tables ---

    std::string name(const char* prefix) { return prefix + std::to_string(++names_); }

    int new_index(int index_class, std::int64_t extent = 0) {
        const int i = b_.index(name("i"), extent);
        class_.push_back(index_class);
        return i;
    }
    int new_class() { return ++classes_; }
    /// A new index, perhaps of a class that there is, perhaps with a compile-time extent (then a class of its
    /// own, or all of the class would have to agree).
    int some_new_index() {
        if (r_.chance(30)) return new_index(new_class(), r_.one_of({1, 2, 3, 4, 5, 7, 8, 16, 61, 64, 65}));
        return new_index(classes_ > 0 && r_.chance(50) ? r_.between(1, classes_) : new_class());
    }
    bool room_for_indices(int count) const { return b_.peek().index_count + count <= max_indices; }
    bool room_for_nodes() const { return b_.peek().node_count < max_nodes - 60; }

    DType some_type() {
        if (r_.chance(45)) return DType::f32;
        return static_cast<DType>(r_.below(dtype_count));
    }
    /// A storage type whose values have the type.
    DType storage_of(DType value) {
        return value == DType::f32 && r_.chance(30) ? r_.one_of({DType::f16, DType::bf16}) : value;
    }
    static bool is_number(DType type) { return type != DType::boolean; }

    // --- statements ---

    struct TensorInfo {
        bool readable = false;
        std::vector<int> classes;  ///< of the dimensions; 0: only windows go there
    };
    TensorInfo& info(int tensor) {
        tensors_.resize(std::max(tensors_.size(), static_cast<std::size_t>(tensor) + 1));
        return tensors_[static_cast<std::size_t>(tensor)];
    }

    void statement(bool last) {
        const DType type = some_type();
        const int rank = r_.one_of({0, 1, 1, 2, 2, 2, 3, 3, 4});
        Scope left;
        std::vector<Affine> subscripts;
        std::vector<int> classes;
        for (int d = 0; d < rank; ++d) {
            if (r_.chance(8) && room_for_indices(2)) {  // S·i + p
                const int scale = r_.between(1, 3);
                const int i = some_new_index(), p = new_index(new_class(), scale);
                left.push_back(i);
                left.push_back(p);
                subscripts.push_back(at({{i, scale}, {p, 1}}));
                classes.push_back(new_class());
                continue;
            }
            const int i = left_index(left);
            if (i < 0) break;
            left.push_back(i);
            subscripts.push_back(at(i));
            classes.push_back(class_[static_cast<std::size_t>(i)]);
        }
        const Role role = last || r_.chance(30) ? Role::output : Role::temporary;
        const int value = expression(value_type(type), left, 1 + size_ / 2);
        const int target = b_.tensor(name(role == Role::output ? "y" : "t"), type,
                                     static_cast<int>(subscripts.size()), role, some_boundary(30));
        info(target) = {true, classes};
        b_.assign(target, subscripts, value);
    }

    /// An index that is not on the left yet, or -1.
    int left_index(const Scope& left) {
        std::vector<int> candidates;
        for (int i = 0; i < b_.peek().index_count; ++i)
            if (std::find(left.begin(), left.end(), i) == left.end()) candidates.push_back(i);
        if (!candidates.empty() && (r_.chance(50) || !room_for_indices(1))) return r_.one_of(candidates);
        return room_for_indices(1) ? some_new_index() : -1;
    }

    Boundary some_boundary(int percent) {
        return r_.chance(percent) ? static_cast<Boundary>(r_.between(1, 4)) : Boundary::none;
    }

    // --- expressions ---

    /// A node of the type, over the indices of the scope.
    int expression(DType type, const Scope& scope, int depth) {
        if (depth <= 0 || !room_for_nodes()) return leaf(type, scope);
        if (const int shared = r_.chance(8) ? shared_node(type, scope) : -1; shared >= 0) return shared;
        if (r_.chance(30) && is_number(type))
            if (const int n = reduction(type, scope, depth); n >= 0) return n;
        if (r_.chance(12)) return conversion(type, scope, depth);
        if (r_.chance(8)) {
            const int condition = expression(DType::boolean, scope, depth - 1);
            const int then = expression(type, scope, depth - 1);
            return b_.select(condition, then, expression(type, scope, depth - 1));
        }
        if (type == DType::boolean) return truth(scope, depth);
        return arithmetic(type, scope, depth);
    }

    int arithmetic(DType type, const Scope& scope, int depth) {
        const auto operand = [&] { return expression(type, scope, depth - 1); };
        if (r_.chance(10)) {
            const int a = operand(), b = operand();
            return b_.fma(a, b, operand());
        }
        if (r_.chance(25)) {
            const Op op =
                is_float(type)
                    ? r_.one_of({Op::neg, Op::abs, Op::sqrt, Op::floor, Op::ceil, Op::trunc, Op::round_even,
                                 Op::exp, Op::log, Op::tanh, Op::sigmoid, Op::rsqrt})
                    : r_.one_of({Op::neg, Op::abs, Op::bit_not});
            return b_.unary(op, operand());
        }
        const Op op =
            is_float(type) || r_.chance(50)
                ? r_.one_of({Op::add, Op::add, Op::sub, Op::mul, Op::mul, Op::div, Op::min, Op::max})
                : r_.one_of({Op::rem, Op::bit_and, Op::bit_or, Op::bit_xor, Op::shl, Op::shr, Op::div});
        const int a = operand();
        return b_.binary(op, a, operand());
    }

    int truth(const Scope& scope, int depth) {
        if (r_.chance(50)) {
            const DType type = some_type_but_boolean();
            const int a = expression(type, scope, depth - 1), b = expression(type, scope, depth - 1);
            return b_.binary(r_.one_of({Op::less, Op::less_equal, Op::greater, Op::greater_equal, Op::equal,
                                        Op::not_equal}),
                             a, b);
        }
        const int a = expression(DType::boolean, scope, depth - 1);
        if (r_.chance(30)) return b_.unary(r_.one_of({Op::logical_not, Op::bit_not}), a);
        const Op op = r_.one_of({Op::logical_and, Op::logical_or, Op::bit_and, Op::bit_or, Op::bit_xor,
                                 Op::equal, Op::not_equal});
        return b_.binary(op, a, expression(DType::boolean, scope, depth - 1));
    }
    DType some_type_but_boolean() {
        const DType type = value_type(some_type());
        return is_number(type) ? type : DType::i32;
    }

    int conversion(DType type, const Scope& scope, int depth) {
        const int a = expression(value_type(some_type()), scope, depth - 1);
        return b_.cast(storage_of(type), a);
    }

    /// A reduction of the type, or -1 when there is no room for one.
    int reduction(DType type, const Scope& scope, int depth) {
        if (b_.peek().reduction_count >= max_reductions - 2 || nesting_ >= 2) return -1;
        const int count = r_.one_of({1, 1, 1, 2, 2, 3});
        Scope inner = scope, reduced;
        for (int i = 0; i < count; ++i) {
            const int index = left_index(inner);  // anything that is not in the scope
            if (index < 0) break;
            inner.push_back(index);
            reduced.push_back(index);
        }
        if (reduced.empty()) return -1;
        r_.shuffle(reduced);
        ++nesting_;
        const bool counts = type == DType::i64 && r_.chance(40);
        const DType body_type = counts ? some_type_but_boolean() : type;
        int body = -1;
        if (r_.chance(50)) {  // a product of two accesses: a contraction or a convolution
            const int a = leaf(body_type, r_.chance(60) ? part(inner) : inner);
            body = b_.binary(Op::mul, a, leaf(body_type, r_.chance(60) ? part(inner) : inner));
        } else {
            body = expression(body_type, inner, depth - 1);
        }
        --nesting_;
        const Reduce kind =
            counts
                ? r_.one_of({Reduce::argmax, Reduce::argmin})
                : r_.one_of({Reduce::sum, Reduce::sum, Reduce::sum, Reduce::prod, Reduce::max, Reduce::min});
        return b_.reduce(kind, r_.one_of({Order::chain, Order::lanes, Order::any}), reduced, body);
    }
    Scope part(const Scope& scope) {
        Scope result;
        for (const int i : scope)
            if (r_.chance(60)) result.push_back(i);
        return result;
    }

    /// A node that exists already and means the same here, or -1.
    int shared_node(DType type, const Scope& scope) {
        IndexSet available = 0;
        for (const int i : scope) available |= IndexSet(1) << i;
        const Program& p = b_.peek();
        const auto free = free_indices(p);
        std::vector<int> candidates;
        IndexSet reduced[max_nodes] = {};
        for (int n = 0; n < p.node_count; ++n) {
            const Node& x = p.nodes[n];
            const std::uint16_t uses[3] = {x.a, x.b, x.c};
            for (int o = 0; o < operand_count(x.op); ++o) reduced[n] |= reduced[uses[o]];
            if (x.op == Op::reduce) reduced[n] |= index_set(p.reductions[x.ref]);
            if (x.dtype == type && (free[n] & ~available) == 0 && (reduced[n] & available) == 0)
                candidates.push_back(n);
        }
        return candidates.empty() ? -1 : r_.one_of(candidates);
    }

    // --- leaves ---

    int leaf(DType type, const Scope& scope) {
        const int choice = r_.below(100);
        if (choice < 8) return literal(type);
        if (choice < 14 && !scope.empty()) {
            const int number = b_.index_value(r_.one_of(scope));
            return b_.cast(storage_of(type), number);
        }
        if (choice < 24)
            if (const int n = scalar(type); n >= 0) return n;
        if (choice < 60)
            if (const int n = read_existing(type, scope); n >= 0) return n;
        const int n = read_new(type, scope);
        return n >= 0 ? n : literal(type);
    }

    int literal(DType type) {
        if (type == DType::boolean) return b_.literal(type, r_.below(2));
        if (!is_float(type)) return b_.literal(type, r_.between(is_signed(type) ? -5 : 0, 9));
        return b_.literal(type, r_.one_of({0.0, 1.0, -1.0, 0.5, 2.0, -0.0, 3.0, 0.125, -7.25, 1e-3, 1e30}));
    }

    int scalar(DType type) {
        const Program& p = b_.peek();
        for (int s = 0; s < p.scalar_count; ++s)
            if (value_type(p.scalars[s].dtype) == type && r_.chance(50)) return b_.read_scalar(s);
        if (p.scalar_count >= 6) return -1;
        return b_.read_scalar(b_.scalar(name("s"), storage_of(type)));
    }

    bool room_for_access() const { return b_.peek().access_count < max_accesses; }

    int read_existing(DType type, const Scope& scope) {
        const Program& p = b_.peek();
        std::vector<int> candidates;
        for (int t = 0; t < p.tensor_count; ++t)
            if (value_type(p.tensors[t].dtype) == type && info(t).readable) candidates.push_back(t);
        r_.shuffle(candidates);
        for (const int t : candidates) {
            if (!room_for_access()) return -1;
            std::vector<Affine> subscripts;
            for (int d = 0; d < p.tensors[t].rank; ++d)
                if (Affine s;
                    subscript(s, info(t).classes[static_cast<std::size_t>(d)], p.tensors[t].boundary, scope))
                    subscripts.push_back(s);
            if (static_cast<int>(subscripts.size()) == p.tensors[t].rank) return b_.read(t, subscripts);
        }
        return -1;
    }

    int read_new(DType type, const Scope& scope) {
        if (b_.peek().tensor_count >= max_tensors - 6 || !room_for_access()) return -1;
        const int rank = std::min(r_.between(0, 4), static_cast<int>(scope.size()) + 1);
        const Boundary boundary = some_boundary(35);
        std::vector<int> classes;
        std::vector<Affine> subscripts;
        Scope order = scope;
        r_.shuffle(order);
        for (int d = 0; d < rank; ++d) {
            Affine s;
            // Mostly each index once, plainly; else a window, or an index a second time.
            if (d < static_cast<int>(order.size()) && r_.chance(75)) {
                const int i = order[static_cast<std::size_t>(d)];
                classes.push_back(class_[static_cast<std::size_t>(i)]);
                s = at(i);
            } else {
                classes.push_back(boundary == Boundary::none ? 0 : new_class());
                s = window(boundary, scope);
            }
            subscripts.push_back(s);
        }
        const int t = b_.input(name("x"), storage_of(type), rank, boundary);
        info(t) = {true, classes};
        return b_.read(t, subscripts);
    }

    /// A subscript that can go to a dimension of the class; false when the scope has none.
    bool subscript(Affine& s, int dimension_class, Boundary boundary, const Scope& scope) {
        std::vector<int> plain;
        for (const int i : scope)
            if (class_[static_cast<std::size_t>(i)] == dimension_class) plain.push_back(i);
        const bool windows = boundary != Boundary::none || dimension_class == 0;
        if (!plain.empty() && (!windows || r_.chance(60))) {
            s = at(r_.one_of(plain));
            return true;
        }
        if (!windows) return false;
        s = window(boundary, scope);
        return true;
    }

    /// An affine subscript that is not plain. Without a boundary rule it is never negative.
    Affine window(Boundary boundary, const Scope& scope) {
        std::vector<std::pair<int, int>> terms;
        Scope candidates = scope;
        r_.shuffle(candidates);
        int constant = r_.between(boundary == Boundary::none ? 0 : -3, 3);
        const int count = std::min(r_.between(0, 3), static_cast<int>(candidates.size()));
        for (int t = 0; t < count; ++t) {
            const int i = candidates[static_cast<std::size_t>(t)];
            int coefficient = r_.one_of({1, 1, 1, 2, 2, 3, -1, -2});
            const auto extent = static_cast<int>(b_.peek().indices[i].extent);
            if (coefficient < 0 && boundary == Boundary::none) {
                if (extent == 0)
                    coefficient = -coefficient;
                else
                    constant += -coefficient * (extent - 1);
            }
            terms.emplace_back(i, coefficient);
        }
        if (terms.size() == 1 && terms[0].second == 1 && constant == 0) constant = 1;
        return at(terms, constant);
    }

    Random r_;
    int size_;
    ProgramBuilder b_;
    std::vector<int> class_;  ///< by index
    std::vector<TensorInfo> tensors_;
    int classes_ = 0, names_ = 0, nesting_ = 0;
};

}  // namespace

Program random_program(std::uint64_t seed, int size) {
    for (std::uint64_t attempt = 0; attempt < 100; ++attempt) {
        const Program program = ProgramWriter(seed * 1'000'003 + attempt, size).write();
        if (const std::string fault = validate(program); !fault.empty())
            throw std::logic_error("random_program wrote an invalid Program for seed " +
                                   std::to_string(seed) + ": " + fault);
        try {
            random_call(program, seed);
            return program;
        } catch (const std::runtime_error&) {  // no call fits: for instance 3·i and 2·j are to be one extent
        }
    }
    throw std::runtime_error("random_program found nothing callable for seed " + std::to_string(seed));
}

}  // namespace sporkle::testing
