// The operators of the notation. + - * on indices and integers build subscripts; everything else builds
// values. Each operator is one line; what it accepts is decided in operation.hpp and subscript.hpp.
#pragma once

#include <sporkle/dsl/operation.hpp>
#include <sporkle/dsl/subscript.hpp>

namespace sporkle::notation {

template <class T>
concept SubscriptPart = Subscript<T> || Integer<T>;

template <class L, class R>
constexpr auto product(const L& left, const R& right) {
    if constexpr (Subscript<L> && Subscript<R>) {
        static_assert(sizeof(errors::ProductOfIndices<L, R>));
        return left;
    } else if constexpr (Subscript<L> && Integer<R>) {
        return affine_multiple(to_affine(left), static_cast<std::int64_t>(right));
    } else if constexpr (Integer<L> && Subscript<R>) {
        return affine_multiple(to_affine(right), static_cast<std::int64_t>(left));
    } else {
        return make_operation<Op::mul>(left, right);
    }
}

template <class L, class R>
requires Operands<L, R>
constexpr auto operator+(const L& left, const R& right) {
    if constexpr (SubscriptPart<L> && SubscriptPart<R>)
        return affine_sum(to_affine(left), to_affine(right), 1);
    else
        return make_operation<Op::add>(left, right);
}

template <class L, class R>
requires Operands<L, R>
constexpr auto operator-(const L& left, const R& right) {
    if constexpr (SubscriptPart<L> && SubscriptPart<R>)
        return affine_sum(to_affine(left), to_affine(right), -1);
    else
        return make_operation<Op::sub>(left, right);
}

template <class L, class R>
requires Operands<L, R>
constexpr auto operator*(const L& left, const R& right) { return product(left, right); }

template <class T>
requires Operands<T>
constexpr auto operator-(const T& x) {
    if constexpr (Subscript<T>)
        return affine_multiple(to_affine(x), -1);
    else
        return make_operation<Op::neg>(x);
}

template <class T>
requires Operands<T>
constexpr T operator+(const T& x) { return x; }

// clang-format off
template <class L, class R> requires Operands<L, R>
constexpr auto operator/(const L& l, const R& r) { return make_operation<Op::div>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator%(const L& l, const R& r) { return make_operation<Op::rem>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator&(const L& l, const R& r) { return make_operation<Op::bit_and>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator|(const L& l, const R& r) { return make_operation<Op::bit_or>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator^(const L& l, const R& r) { return make_operation<Op::bit_xor>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator<<(const L& l, const R& r) { return make_operation<Op::shl>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator>>(const L& l, const R& r) { return make_operation<Op::shr>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator&&(const L& l, const R& r) { return make_operation<Op::logical_and>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator||(const L& l, const R& r) { return make_operation<Op::logical_or>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator<(const L& l, const R& r) { return make_operation<Op::less>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator<=(const L& l, const R& r) { return make_operation<Op::less_equal>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator>(const L& l, const R& r) { return make_operation<Op::greater>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator>=(const L& l, const R& r) { return make_operation<Op::greater_equal>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator==(const L& l, const R& r) { return make_operation<Op::equal>(l, r); }
template <class L, class R> requires Operands<L, R>
constexpr auto operator!=(const L& l, const R& r) { return make_operation<Op::not_equal>(l, r); }
template <class T> requires Operands<T>
constexpr auto operator!(const T& x) { return make_operation<Op::logical_not>(x); }
template <class T> requires Operands<T>
constexpr auto operator~(const T& x) { return make_operation<Op::bit_not>(x); }
// clang-format on

}  // namespace sporkle::notation
