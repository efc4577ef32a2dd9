// How operands become an operation: literals take the dtype of the values that they meet, dtypes must agree,
// and the operation must take them. Operators and functions all come through here.
#pragma once

#include <cstdint>
#include <type_traits>

#include <sporkle/dsl/errors.hpp>
#include <sporkle/dsl/literal.hpp>
#include <sporkle/dsl/value.hpp>

namespace sporkle::notation {

/// Something of the notation that may stand in a formula, rightly or (for a message) wrongly.
template <class T>
concept Symbolic = Value<T> || Subscript<T> || TensorName<T>;

/// Operands of an operator or function of the notation: at least one is not a plain C++ number.
template <class... T>
concept Operands = ((Symbolic<T> || CppLiteral<T>)&&...) && (Symbolic<T> || ...);

/// The dtypes that an operation takes.
enum class Domain : std::uint8_t { all, numbers, floats, integers, integers_or_booleans, booleans };

constexpr Domain domain_of(Op op) {
    switch (op) {
        case Op::sqrt:
        case Op::floor:
        case Op::ceil:
        case Op::trunc:
        case Op::round_even:
        case Op::exp:
        case Op::log:
        case Op::tanh:
        case Op::sigmoid:
        case Op::rsqrt:
            return Domain::floats;
        case Op::rem:
        case Op::shl:
        case Op::shr:
            return Domain::integers;
        case Op::bit_not:
        case Op::bit_and:
        case Op::bit_or:
        case Op::bit_xor:
            return Domain::integers_or_booleans;
        case Op::logical_not:
        case Op::logical_and:
        case Op::logical_or:
            return Domain::booleans;
        case Op::equal:
        case Op::not_equal:
        case Op::select:
        case Op::cast:
            return Domain::all;
        default:
            return Domain::numbers;
    }
}

constexpr bool takes(Op op, DType type) {
    switch (domain_of(op)) {
        case Domain::all:
            return true;
        case Domain::numbers:
            return type != DType::boolean;
        case Domain::floats:
            return is_float(type);
        case Domain::integers:
            return is_integer(type);
        case Domain::integers_or_booleans:
            return !is_float(type);
        case Domain::booleans:
            return type == DType::boolean;
    }
    return false;
}

constexpr DType result_type(Op op, DType operand) {
    return op >= Op::less && op <= Op::not_equal ? DType::boolean : operand;
}

/// Whether T can be an operand; a compile-time error when it cannot.
template <Op op, class T>
constexpr bool usable() {
    if constexpr (Subscript<T>)
        return sizeof(errors::IndexIsNoValue<T, op>) == 0;
    else if constexpr (TensorName<T>)
        return sizeof(errors::TensorWithoutSubscripts<T::name>) == 0;
    else if constexpr (!Value<T> && !CppLiteral<T>)
        return sizeof(errors::NotAValue<T>) == 0;
    else
        return true;
}

/// The dtype in which operands meet. Values outweigh literals; among literals alone the stronger type counts,
/// as it would in C++.
struct Meeting {
    DType dtype = DType::f32, other = DType::f32;
    int weight = -1;
    bool mixed = false;

    template <class T>
    constexpr void join() {
        constexpr int value_weight = 100;
        if constexpr (Value<T>) {
            if (weight == value_weight && T::dtype != dtype && !mixed) mixed = true, other = T::dtype;
            if (weight < value_weight) weight = value_weight, dtype = T::dtype;
        } else {
            const int own = std::is_floating_point_v<T> ? 50 + sizeof(T)
                            : std::is_same_v<T, bool>   ? 0
                                                        : sizeof(T);
            if (own > weight) weight = own, dtype = literal_dtype<T>();
        }
    }
};

template <class... T>
constexpr Meeting meet() {
    Meeting meeting;
    (meeting.join<T>(), ...);
    return meeting;
}

/// A value as it is, a literal in the given dtype.
template <DType type, class T>
constexpr auto as_value(const T& x) {
    if constexpr (Value<T>)
        return x;
    else
        return literal_as<type>(x);
}

/// What stands in for an operation after an error has been reported.
using Nothing = Literal<DType::f32>;

template <Op op, DType type, class... T>
constexpr auto operation_of(std::uint16_t ref, const T&... values) {
    return Operation<op, type, T...>{hana::basic_tuple<T...>(values...), ref};
}

/// Operands of one dtype, which decides that of the result.
template <Op op, class... T>
constexpr auto make_operation(const T&... operands) {
    if constexpr ((usable<op, T>() && ...)) {
        constexpr Meeting meeting = meet<T...>();
        if constexpr (meeting.mixed)
            static_assert(sizeof(errors::MixedTypes<op, meeting.dtype, meeting.other>));
        else if constexpr (!takes(op, meeting.dtype))
            static_assert(sizeof(errors::WrongOperandType<op, meeting.dtype>));
        return operation_of<op, result_type(op, meeting.dtype)>(0, as_value<meeting.dtype>(operands)...);
    } else {
        return Nothing{};
    }
}

/// condition ? yes : no, where the condition has a dtype of its own.
template <class C, class Y, class N>
constexpr auto make_select(const C& condition, const Y& yes, const N& no) {
    if constexpr (usable<Op::select, C>() && usable<Op::select, Y>() && usable<Op::select, N>()) {
        constexpr DType condition_type = meet<C>().dtype;
        if constexpr (condition_type != DType::boolean)
            static_assert(sizeof(errors::ConditionIsNoBoolean<condition_type>));
        constexpr Meeting meeting = meet<Y, N>();
        if constexpr (meeting.mixed)
            static_assert(sizeof(errors::MixedTypes<Op::select, meeting.dtype, meeting.other>));
        return operation_of<Op::select, meeting.dtype>(0, as_value<condition_type>(condition),
                                                       as_value<meeting.dtype>(yes),
                                                       as_value<meeting.dtype>(no));
    } else {
        return Nothing{};
    }
}

/// A literal is cast from the dtype that it has by itself.
template <DType to, class T>
constexpr auto make_cast(const T& x) {
    if constexpr (usable<Op::cast, T>())
        return operation_of<Op::cast, value_type(to)>(static_cast<std::uint16_t>(to),
                                                      as_value<meet<T>().dtype>(x));
    else
        return Nothing{};
}
}  // namespace sporkle::notation
