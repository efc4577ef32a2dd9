// The functions of the notation, elementwise on values.
#pragma once

#include <sporkle/dsl/operation.hpp>

namespace sporkle::notation {

// clang-format off
template <class T> requires Operands<T>
constexpr auto abs(const T& x) { return make_operation<Op::abs>(x); }
template <class T> requires Operands<T>
constexpr auto sqrt(const T& x) { return make_operation<Op::sqrt>(x); }
template <class T> requires Operands<T>
constexpr auto rsqrt(const T& x) { return make_operation<Op::rsqrt>(x); }
template <class T> requires Operands<T>
constexpr auto floor(const T& x) { return make_operation<Op::floor>(x); }
template <class T> requires Operands<T>
constexpr auto ceil(const T& x) { return make_operation<Op::ceil>(x); }
template <class T> requires Operands<T>
constexpr auto trunc(const T& x) { return make_operation<Op::trunc>(x); }
/// To the nearest integer, ties to the even one.
template <class T> requires Operands<T>
constexpr auto round_even(const T& x) { return make_operation<Op::round_even>(x); }
template <class T> requires Operands<T>
constexpr auto exp(const T& x) { return make_operation<Op::exp>(x); }
template <class T> requires Operands<T>
constexpr auto log(const T& x) { return make_operation<Op::log>(x); }
template <class T> requires Operands<T>
constexpr auto tanh(const T& x) { return make_operation<Op::tanh>(x); }
/// 1 / (1 + exp(-x))
template <class T> requires Operands<T>
constexpr auto sigmoid(const T& x) { return make_operation<Op::sigmoid>(x); }
// clang-format on

/// a * b + c, rounded once.
template <class A, class B, class C>
requires Operands<A, B, C>
constexpr auto fma(const A& a, const B& b, const C& c) { return make_operation<Op::fma>(a, b, c); }

/// condition ? yes : no. Both are evaluated.
template <class C, class Y, class N>
requires Operands<C, Y, N>
constexpr auto select(const C& condition, const Y& yes, const N& no) {
    return make_select(condition, yes, no);
}

/// The value in another dtype. cast<f16>(x) and cast<bf16>(x) round to that type and yield f32.
template <DType to, class T>
requires(Operands<T> || CppLiteral<T>) constexpr auto cast(const T& x) { return make_cast<to>(x); }

/// The number that an index has at present, as i64.
template <class T>
requires Subscript<T>
constexpr auto value(const T&) {
    if constexpr (IndexOnly<T>) {
        return IndexValue<T>{};
    } else {
        static_assert(sizeof(errors::ValueTakesAnIndex<T>));
        return Nothing{};
    }
}

}  // namespace sporkle::notation
