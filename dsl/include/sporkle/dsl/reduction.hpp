// Reductions: sum(k, body), or over several indices sum(ci, r, s, body) and sum(indices(ci, r, s), body). The
// index named first is the outermost. prod, max, min, argmax and argmin likewise; max and min of two values
// are the larger and the smaller one.
#pragma once

#include <sporkle/dsl/operation.hpp>

namespace sporkle::notation {

template <Reduce kind, class Body, class... Indices>
struct ReductionExpression {
    static constexpr bool is_value = true;
    static constexpr DType dtype =
        kind == Reduce::argmax || kind == Reduce::argmin ? DType::i64 : Body::dtype;

    Body body;
    bool order_named = false;
    Order named_order = Order::chain;

    /// The same reduction in an order that the author names instead of the default one.
    constexpr ReductionExpression order(Order name) const { return {body, true, name}; }

    static constexpr IndexUse outline(Outline& o) {
        o.node();
        o.reduction();
        IndexSet own = 0, twice = 0;
        const auto take = [&](IndexSet index) {
            twice |= own & index;
            own |= index;
        };
        (take(Indices::outline(o)), ...);
        const IndexUse use = Body::outline(o);
        twice |= own & use.reduced;
        if (twice) o.complain(Fault::index_reduced_twice, o.name_of_first(twice));
        return {use.free & ~own, use.reduced | own};
    }
    constexpr std::uint16_t emit(Builder& b) const {
        const std::uint16_t number = b.program.reduction_count++;
        Reduction& reduction = b.program.reductions[number];
        reduction.kind = kind;
        (..., (reduction.indices[reduction.count++] = number_of(b.program.indices, Indices::name.view())));
        if (order_named) {
            reduction.order = named_order;
            b.named_orders |= std::uint32_t{1} << number;
        }
        const std::uint16_t value = body.emit(b);
        return add_node(b.program, {.op = Op::reduce, .dtype = dtype, .a = value, .ref = number});
    }
};

/// Several reduction indices as one argument.
template <class... Indices>
struct IndexList {
    static constexpr bool is_index_list = true;
};

template <class... Indices>
requires(IndexOnly<Indices>&&...) constexpr IndexList<Indices...> indices(const Indices&...) { return {}; }

/// What a reduction's arguments begin with.
template <class T>
concept ReductionStart = IndexOnly<T> || requires {
    requires T::is_index_list;
};

template <Reduce kind, class... Indices, class First, class... Rest>
constexpr auto reduce(const First& first, const Rest&... rest) {
    if constexpr (sizeof...(Rest) > 0 && IndexOnly<First>) {
        return reduce<kind, Indices..., First>(rest...);
    } else if constexpr (sizeof...(Rest) > 0 || sizeof...(Indices) == 0) {
        static_assert(sizeof(errors::ReductionIndexExpected<kind, First>));
        return Nothing{};
    } else if constexpr (usable<Op::reduce, First>()) {
        static_assert(sizeof(errors::TooManyReductionIndices<kind, sizeof...(Indices)>));
        constexpr DType type = meet<First>().dtype;
        if constexpr (!takes(Op::reduce, type))
            static_assert(sizeof(errors::WrongOperandType<Op::reduce, type>));
        return ReductionExpression<kind, decltype(as_value<type>(first)), Indices...>{as_value<type>(first)};
    } else {
        return Nothing{};
    }
}

template <Reduce kind, class... Indices, class Body>
constexpr auto reduce(const IndexList<Indices...>&, const Body& body) {
    return reduce<kind, Indices...>(body);
}

template <class... Arguments>
constexpr auto sum(const Arguments&... arguments) {
    return reduce<Reduce::sum>(arguments...);
}
template <class... Arguments>
constexpr auto prod(const Arguments&... arguments) {
    return reduce<Reduce::prod>(arguments...);
}
/// The lowest number (row-major over the reduction's indices) of the largest element; NaNs never win.
template <class... Arguments>
constexpr auto argmax(const Arguments&... arguments) {
    return reduce<Reduce::argmax>(arguments...);
}
template <class... Arguments>
constexpr auto argmin(const Arguments&... arguments) {
    return reduce<Reduce::argmin>(arguments...);
}

template <ReductionStart First, class... Rest>
constexpr auto max(const First& first, const Rest&... rest) {
    return reduce<Reduce::max>(first, rest...);
}
template <ReductionStart First, class... Rest>
constexpr auto min(const First& first, const Rest&... rest) {
    return reduce<Reduce::min>(first, rest...);
}

/// a > b ? a : b
template <class A, class B>
requires(Operands<A, B> && !ReductionStart<A>) constexpr auto max(const A& a, const B& b) {
    return make_operation<Op::max>(a, b);
}
/// a < b ? a : b
template <class A, class B>
requires(Operands<A, B> && !ReductionStart<A>) constexpr auto min(const A& a, const B& b) {
    return make_operation<Op::min>(a, b);
}

}  // namespace sporkle::notation
