// Tensors with subscripts: on the right a read, on the left the target of an assignment.
#pragma once

#include <cstdint>

#include <boost/hana/unpack.hpp>

#include <sporkle/analysis.hpp>
#include <sporkle/dsl/operation.hpp>
#include <sporkle/dsl/subscript.hpp>
#include <sporkle/dsl/value.hpp>

namespace sporkle::notation {

/// target = value, for all values of the indices on the left.
template <class Target, class Value>
struct Assignment {
    static constexpr bool is_statement = true;
    Target target;
    Value value;

    static constexpr void outline(Outline& o) {
        o.statement();
        const IndexUse right = Value::outline(o);
        const IndexSet left = Target::outline_left(o);
        if (const IndexSet escaped = (right.free | left) & right.reduced)
            o.complain(Fault::reduction_index_escapes, o.name_of_first(escaped));
        if (const IndexSet missing = right.free & ~left)
            o.complain(Fault::free_index_missing, o.name_of_first(missing));
    }
    constexpr void emit(Builder& b) const {
        const std::uint16_t node = value.emit(b);
        b.program.statements[b.program.statement_count++] = {target.emit_left(b.program), node};
    }
};

/// A tensor with its subscripts.
template <class Tensor, class... Subscripts>
struct Read {
    static constexpr bool is_value = true;
    static constexpr DType dtype = value_type(Tensor::declaration.dtype);

    hana::basic_tuple<Subscripts...> subscripts;

    constexpr explicit Read(const Subscripts&... from) : subscripts(from...) {}
    constexpr Read(const Read&) = default;

    template <class Right>
    constexpr auto operator=(const Right& right) const {
        return assign(right);
    }
    /// Without it, a tensor assigned to itself would be the assignment of C++.
    constexpr auto operator=(const Read& right) const { return assign(right); }

    template <class Right>
    constexpr NoAssignment operator+=(const Right&) const {
        return refuse_compound<Right>();
    }
    template <class Right>
    constexpr NoAssignment operator-=(const Right&) const {
        return refuse_compound<Right>();
    }
    template <class Right>
    constexpr NoAssignment operator*=(const Right&) const {
        return refuse_compound<Right>();
    }
    template <class Right>
    constexpr NoAssignment operator/=(const Right&) const {
        return refuse_compound<Right>();
    }

    static constexpr IndexUse outline(Outline& o) {
        o.node();
        o.read(Tensor::declaration);
        IndexSet free = 0;
        (..., (free |= Subscripts::outline(o)));
        return {free, 0};
    }
    constexpr std::uint16_t emit(Builder& b) const {
        const int number = add_access(b.program, access(b.program));
        if (number < 0) errors::too_many_accesses<Tensor::name>();
        return add_node(b.program,
                        {.op = Op::access, .dtype = dtype, .ref = static_cast<std::uint16_t>(number)});
    }

    /// The indices of a target, each of which may stand there once.
    static constexpr IndexSet outline_left(Outline& o) {
        o.assign(Tensor::declaration);
        IndexSet left = 0;
        (left_subscript_outline<Subscripts>(o, left), ...);
        return left;
    }
    constexpr Access emit_left(const Program& p) const {
        const Access target = access(p);
        for (int d = 0; d < Tensor::declaration.rank; ++d)
            if (left_subscript(p, target.subscripts[d]).index < 0)
                errors::left_subscript_numbers<Tensor::name>();
        return target;
    }

  private:
    template <class Right>
    static constexpr NoAssignment refuse_compound() {
        static_assert(sizeof(errors::CompoundAssignment<Tensor::name, Right>));
        return {};
    }
    template <class Right>
    constexpr auto assign(const Right& right) const {
        if constexpr (CppLiteral<Right>) {
            const auto literal = literal_as<dtype>(right);
            return Assignment<Read, Literal<dtype>>{*this, literal};
        } else if constexpr (usable<Op::access, Right>()) {
            if constexpr (Right::dtype != dtype)
                static_assert(sizeof(errors::MixedTypesInAssignment<Tensor::name, dtype, Right::dtype>));
            return Assignment<Read, Right>{*this, right};
        } else {
            return Assignment<Read, Literal<dtype>>{*this, {}};
        }
    }

    constexpr Access access(const Program& p) const {
        Access access;
        access.tensor = number_of(p.tensors, Tensor::name.view());
        hana::unpack(subscripts, [&](const auto&... subscript) {
            int d = 0;
            ((access.subscripts[d++] = to_affine(subscript).template emit<Tensor::name>(p)), ...);
            static_cast<void>(d);
        });
        return access;
    }

    /// Adds one left-hand subscript's indices to those seen. That S fits p in S*i + p shows when it is
    /// emitted.
    template <class Subscript>
    static constexpr void left_subscript_outline(Outline& o, IndexSet& seen) {
        const auto take = [&](IndexSet index) {
            if (seen & index) o.complain(Fault::index_repeated_on_the_left, o.name_of_first(index));
            seen |= index;
        };
        if constexpr (IndexOnly<Subscript>)
            take(Subscript::outline(o));
        else if constexpr (Subscript::term_count == 2)
            Subscript::outline_each(o, take);
        else
            o.complain(Fault::left_subscript_form, Tensor::name.view());
    }
};

/// tensor<…> or temporary<…>: a name, which subscripts make a value.
template <FixedString tensor_name, DType type, int rank, Role role, Boundary rule>
struct TensorSymbol {
    static constexpr bool is_tensor = true;
    static constexpr auto name = tensor_name;
    static constexpr Tensor declaration{make_name(tensor_name.view()), type, rank, role, rule};

    template <class... Subscripts>
    constexpr auto operator()(const Subscripts&... subscripts) const {
        static_assert(sizeof(errors::WrongSubscriptCount<name, rank, sizeof...(Subscripts)>));
        return Read<TensorSymbol, decltype(subscript(subscripts))...>(subscript(subscripts)...);
    }

    /// The same tensor with a rule for reads outside of it: boundary(zero), clamp, wrap or reflect.
    template <Boundary other>
    constexpr TensorSymbol<tensor_name, type, rank, role, other> boundary(BoundaryRule<other>) const {
        return {};
    }

    constexpr TensorSymbol() = default;
    constexpr TensorSymbol(const TensorSymbol&) = default;
    template <class Right>
    constexpr NoAssignment operator=(const Right&) const {
        static_assert(sizeof(errors::TensorWithoutSubscripts<name, Right>));
        return {};
    }

  private:
    template <class T>
    static constexpr auto subscript(const T& x) {
        if constexpr (IndexOnly<T>) {
            return x;
        } else if constexpr (Subscript<T> || Integer<T>) {
            return to_affine(x);
        } else {
            static_assert(sizeof(errors::SubscriptIsNoIndex<name>));
            return AffineExpression<>{};
        }
    }
};

template <FixedString name, DType type, int rank, Role role>
constexpr auto make_tensor() {
    static_assert(sizeof(errors::BadName<name>) && sizeof(errors::BadRank<name, rank>));
    return TensorSymbol<name, type, rank, role, Boundary::none>{};
}

/// tensor<"A", f32, 2>: an argument of the kernel. It is an output when the kernel assigns it, else an input.
template <FixedString name, DType type, int rank>
inline constexpr auto tensor = make_tensor<name, type, rank, Role::input>();

/// temporary<"m", f32, 1>: a tensor that lives within one call.
template <FixedString name, DType type, int rank>
inline constexpr auto temporary = make_tensor<name, type, rank, Role::temporary>();

}  // namespace sporkle::notation
