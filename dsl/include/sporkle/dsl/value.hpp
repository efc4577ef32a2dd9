// Values: the inner nodes and leaves of a right-hand side. Each type offers
//
//   is_value, dtype           marks a value; the dtype in which it takes part in arithmetic
//   outline(Outline&)         static: tells what it uses, returns the indices on which it depends
//   emit(Builder&)             adds its nodes in post-order and returns the number of the last, its own
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <sporkle/dsl/builder.hpp>
#include <sporkle/dsl/errors.hpp>
#include <sporkle/dsl/literal.hpp>
#include <sporkle/dsl/outline.hpp>
#include <sporkle/dsl/subscript.hpp>

namespace sporkle::notation {

namespace hana = boost::hana;

template <class T>
concept Value = requires {
    requires T::is_value;
};

/// A tensor's name without subscripts, which is not yet a value.
template <class T>
concept TensorName = requires {
    requires T::is_tensor;
};

/// What stands in for a statement after an error has been reported.
struct NoAssignment {
    static constexpr bool is_statement = true;
    static constexpr void outline(Outline&) {}
    constexpr void emit(Builder&) const {}
};

/// A runtime scalar. It has no subscripts, so its name is a value.
template <FixedString scalar_name, DType type>
struct ScalarSymbol {
    static constexpr bool is_value = true;
    static constexpr DType dtype = value_type(type);
    static constexpr Scalar declaration{make_name(scalar_name.view()), type};

    template <class Right>
    constexpr NoAssignment operator=(const Right&) const {
        static_assert(sizeof(errors::ScalarAssigned<scalar_name, Right>));
        return {};
    }

    static constexpr IndexUse outline(Outline& o) {
        o.node();
        o.scalar(declaration);
        return {};
    }
    constexpr std::uint16_t emit(Builder& b) const {
        return add_node(
            b.program,
            {.op = Op::scalar, .dtype = dtype, .ref = number_of(b.program.scalars, scalar_name.view())});
    }
};

template <FixedString name, DType type>
constexpr auto make_scalar() {
    static_assert(sizeof(errors::BadName<name>));
    return ScalarSymbol<name, type>{};
}

/// scalar<"alpha", f32>: a number given at the call.
template <FixedString name, DType type>
inline constexpr auto scalar = make_scalar<name, type>();

/// An index's present number, as i64.
template <class Index>
struct IndexValue {
    static constexpr bool is_value = true;
    static constexpr DType dtype = DType::i64;

    static constexpr IndexUse outline(Outline& o) {
        o.node();
        return {Index::outline(o), 0};
    }
    constexpr std::uint16_t emit(Builder& b) const {
        return add_node(
            b.program,
            {.op = Op::index_value, .dtype = dtype, .ref = number_of(b.program.indices, Index::name.view())});
    }
};

/// An operation on one to three values. `type` is that of the result, `ref` as in Node (casts use it).
template <Op op, DType type, class... Operands>
struct Operation {
    static constexpr bool is_value = true;
    static constexpr DType dtype = type;

    hana::basic_tuple<Operands...> operands;
    std::uint16_t ref = 0;

    static constexpr IndexUse outline(Outline& o) {
        o.node();
        IndexUse use;
        ((use = use | Operands::outline(o)), ...);
        return use;
    }
    constexpr std::uint16_t emit(Builder& b) const { return emit(b, std::index_sequence_for<Operands...>{}); }

  private:
    // No fold of Hana here: it nests several calls, for every level of an expression, and compilers bound the
    // depth of calls in a constant expression.
    template <std::size_t... n>
    constexpr std::uint16_t emit(Builder& b, std::index_sequence<n...>) const {
        // Braces evaluate from left to right, which makes the numbering canonical.
        const std::uint16_t numbers[3] = {hana::at_c<n>(operands).emit(b)...};
        return add_node(b.program, {op, type, numbers[0], numbers[1], numbers[2], ref, 0});
    }
};

}  // namespace sporkle::notation
