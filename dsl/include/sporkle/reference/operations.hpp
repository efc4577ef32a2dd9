// The operations of a Program on batches: the evaluator works on up to 64 points at a time, and each node is
// one loop over arrays of values, found once per call by operation and type.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <sporkle/math/functions.hpp>
#include <sporkle/program.hpp>
#include <sporkle/reference/arithmetic.hpp>

namespace sporkle::evaluation {

/// Points evaluated together. The number of partial results of Order::lanes, so that in a reduction the place
/// in the batch is the number of the partial.
inline constexpr int batch_size = lanes_partials;

/// The values of one node for one batch, as an array of the C++ type of its dtype.
struct alignas(64) Slot {
    std::byte bytes[batch_size * 8];
    template <class T>
    T* as() {
        return reinterpret_cast<T*>(bytes);
    }
    template <class T>
    const T* as() const {
        return reinterpret_cast<const T*>(bytes);
    }
};

/// out[i] = operation(a[i], b[i], c[i]) for i < count; operands that the operation lacks are ignored.
using Operation = void (*)(Slot& out, const Slot& a, const Slot& b, const Slot& c, int count);

template <class R, class A, auto function>
void map_one(Slot& out, const Slot& a, const Slot&, const Slot&, int count) {
    for (int i = 0; i < count; ++i) out.as<R>()[i] = function(a.as<A>()[i]);
}
template <class R, class A, auto function>
void map_two(Slot& out, const Slot& a, const Slot& b, const Slot&, int count) {
    for (int i = 0; i < count; ++i) out.as<R>()[i] = function(a.as<A>()[i], b.as<A>()[i]);
}
template <class T>
void map_fma(Slot& out, const Slot& a, const Slot& b, const Slot& c, int count) {
    for (int i = 0; i < count; ++i)
        out.as<T>()[i] = evaluation::fma(a.as<T>()[i], b.as<T>()[i], c.as<T>()[i]);
}
template <class T>
void map_select(Slot& out, const Slot& a, const Slot& b, const Slot& c, int count) {
    for (int i = 0; i < count; ++i) out.as<T>()[i] = a.as<bool>()[i] ? b.as<T>()[i] : c.as<T>()[i];
}

template <class T>
bool less(T a, T b) {
    return a < b;
}
template <class T>
bool less_equal(T a, T b) {
    return a <= b;
}
template <class T>
bool equal(T a, T b) {
    return a == b;
}
template <class T>
bool greater(T a, T b) {
    return a > b;
}
template <class T>
bool greater_equal(T a, T b) {
    return a >= b;
}
template <class T>
bool not_equal(T a, T b) {
    return a != b;
}

/// Operations on anything.
template <class T>
Operation common_operation(Op op) {
    switch (op) {
        case Op::equal:
            return map_two<bool, T, &equal<T>>;
        case Op::not_equal:
            return map_two<bool, T, &not_equal<T>>;
        case Op::select:
            return map_select<T>;
        default:
            return nullptr;
    }
}

template <Number T>
Operation number_operation(Op op) {
    switch (op) {
        case Op::neg:
            return map_one<T, T, &neg<T>>;
        case Op::abs:
            return map_one<T, T, &evaluation::abs<T>>;
        case Op::add:
            return map_two<T, T, &add<T>>;
        case Op::sub:
            return map_two<T, T, &sub<T>>;
        case Op::mul:
            return map_two<T, T, &mul<T>>;
        case Op::div:
            return map_two<T, T, &evaluation::div<T>>;
        case Op::min:
            return map_two<T, T, &evaluation::min<T>>;
        case Op::max:
            return map_two<T, T, &evaluation::max<T>>;
        case Op::fma:
            return map_fma<T>;
        case Op::less:
            return map_two<bool, T, &less<T>>;
        case Op::less_equal:
            return map_two<bool, T, &less_equal<T>>;
        case Op::greater:
            return map_two<bool, T, &greater<T>>;
        case Op::greater_equal:
            return map_two<bool, T, &greater_equal<T>>;
        default:
            return nullptr;
    }
}

template <std::floating_point T>
Operation float_operation(Op op) {
    switch (op) {
        case Op::sqrt:
            return map_one<T, T, [](T x) { return std::sqrt(x); }>;
        case Op::floor:
            return map_one<T, T, [](T x) { return std::floor(x); }>;
        case Op::ceil:
            return map_one<T, T, [](T x) { return std::ceil(x); }>;
        case Op::trunc:
            return map_one<T, T, [](T x) { return std::trunc(x); }>;
        case Op::round_even:
            return map_one<T, T, &round_even<T>>;
        case Op::exp:
            return map_one<T, T, [](T x) { return math::exp(x); }>;
        case Op::log:
            return map_one<T, T, [](T x) { return math::log(x); }>;
        case Op::tanh:
            return map_one<T, T, [](T x) { return math::tanh(x); }>;
        case Op::sigmoid:
            return map_one<T, T, [](T x) { return math::sigmoid(x); }>;
        case Op::rsqrt:
            return map_one<T, T, [](T x) { return math::rsqrt(x); }>;
        default:
            return number_operation<T>(op);
    }
}

/// Operations on integers and booleans.
template <std::integral T>
Operation bit_operation(Op op) {
    switch (op) {
        case Op::bit_not:
            return map_one<T, T, &evaluation::bit_not<T>>;
        case Op::bit_and:
            return map_two<T, T, &evaluation::bit_and<T>>;
        case Op::bit_or:
            return map_two<T, T, &evaluation::bit_or<T>>;
        case Op::bit_xor:
            return map_two<T, T, &evaluation::bit_xor<T>>;
        default:
            return nullptr;
    }
}

template <Integer T>
Operation integer_operation(Op op) {
    switch (op) {
        case Op::rem:
            return map_two<T, T, &rem<T>>;
        case Op::shl:
            return map_two<T, T, &shl<T>>;
        case Op::shr:
            return map_two<T, T, &shr<T>>;
        default:
            break;
    }
    const Operation bits = bit_operation<T>(op);
    return bits != nullptr ? bits : number_operation<T>(op);
}

inline Operation boolean_operation(Op op) {
    switch (op) {
        case Op::logical_not:
            return map_one<bool, bool, &evaluation::bit_not<bool>>;
        case Op::logical_and:
            return map_two<bool, bool, &evaluation::bit_and<bool>>;
        case Op::logical_or:
            return map_two<bool, bool, &evaluation::bit_or<bool>>;
        default:
            return bit_operation<bool>(op);
    }
}

/// The operation of a node with operands, other than cast and reduce. `operand` is the type of its last
/// operand: select's first is a boolean.
inline Operation operation_for(Op op, DType operand) {
    return with_type(operand, [op]<class T>(std::type_identity<T>) -> Operation {
        if (const Operation common = common_operation<T>(op)) return common;
        if constexpr (is_boolean<T>)
            return boolean_operation(op);
        else if constexpr (Integer<T>)
            return integer_operation<T>(op);
        else
            return float_operation<T>(op);
    });
}

/// Conversion of values of type `from` to the value type of `to`, rounding through `to` if that is f16 or
/// bf16.
inline Operation conversion_for(DType from, DType to) {
    return with_type(from, [to]<class From>(std::type_identity<From>) -> Operation {
        if (to == DType::f16) return map_one<float, From, &round_through<half, From>>;
        if (to == DType::bf16) return map_one<float, From, &round_through<bfloat16, From>>;
        return with_type(to, []<class To>(std::type_identity<To>) -> Operation {
            return map_one<To, From, &convert<To, From>>;
        });
    });
}

}  // namespace sporkle::evaluation
