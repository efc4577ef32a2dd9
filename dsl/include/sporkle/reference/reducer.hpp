// What a reduction does to its elements, whatever their order: `Reducer`, three functions on accumulators of
// one size, so that the order (reduce.hpp) is written and compiled once for all kinds and types.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <sporkle/reference/operations.hpp>

namespace sporkle::evaluation {

template <Number T>
constexpr T lowest_value() {
    if constexpr (std::floating_point<T>)
        return -std::numeric_limits<T>::infinity();
    else
        return std::numeric_limits<T>::lowest();
}
template <Number T>
constexpr T highest_value() {
    if constexpr (std::floating_point<T>)
        return std::numeric_limits<T>::infinity();
    else
        return std::numeric_limits<T>::max();
}

// A kind of reduction in three parts: the state of an accumulator, which begins as `identity` and with the
// bytes of the result; `take`, which adds the element at place i of a batch, whose number in the reduction is
// `number`; and `join`, which combines two partial results, the lower numbered one on the left.

template <Number T>
struct Sum {
    using State = T;
    static State identity() { return 0; }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t) {
        return add(acc, x.as<T>()[i]);
    }
    static State join(State left, State right) { return add(left, right); }
};

/// A sum of products: the two factors come in separate slots and meet the accumulator in one rounding.
template <std::floating_point T>
struct SumOfProducts : Sum<T> {
    static T take(T acc, const Slot& a, const Slot& b, int i, std::int64_t) {
        return std::fma(a.as<T>()[i], b.as<T>()[i], acc);
    }
};

template <Number T>
struct Product {
    using State = T;
    static State identity() { return 1; }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t) {
        return mul(acc, x.as<T>()[i]);
    }
    static State join(State left, State right) { return mul(left, right); }
};

template <Number T, bool greatest>
struct Extreme {
    using State = T;
    static State identity() { return greatest ? lowest_value<T>() : highest_value<T>(); }
    static State join(State left, State right) {
        return greatest ? evaluation::max(left, right) : evaluation::min(left, right);
    }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t) {
        return join(acc, x.as<T>()[i]);
    }
};

/// argmax and argmin: a NaN never wins, the lowest number of equals does.
template <Number T, bool greatest>
struct ArgExtreme {
    struct State {
        std::int64_t number = -1;  ///< -1: no element yet
        T value = greatest ? lowest_value<T>() : highest_value<T>();
    };
    static State identity() { return {}; }
    static State join(State left, State right) {
        const bool better = greatest ? right.value > left.value : right.value < left.value;
        // As unsigned numbers: -1 is greater than the number of any element.
        const bool earlier =
            static_cast<std::uint64_t>(right.number) < static_cast<std::uint64_t>(left.number);
        return better || (right.value == left.value && earlier) ? right : left;
    }
    static State take(State acc, const Slot& x, const Slot&, int i, std::int64_t number) {
        return join(acc, {number, x.as<T>()[i]});
    }
};

/// Room for the state of any kind.
struct alignas(8) Partial {
    std::byte bytes[16] = {};
    template <class State>
    State& as() {
        return reinterpret_cast<State&>(bytes);
    }
    template <class State>
    const State& as() const {
        return reinterpret_cast<const State&>(bytes);
    }
};

/// A kind of reduction of one type.
struct Reducer {
    Partial identity;
    /// Takes elements 0 … count-1 of a batch, of which the first one is number `first` of the reduction:
    /// element i into acc[i * stride].
    void (*take)(Partial* acc, int stride, const Slot& a, const Slot& b, int count, std::int64_t first);
    /// left[i] = join(left[i], right[i]) for i < count.
    void (*join)(Partial* left, const Partial* right, int count);
};

template <class Kind>
Reducer reducer() {
    using State = typename Kind::State;
    static_assert(sizeof(State) <= sizeof(Partial) && std::is_trivially_copyable_v<State>);
    Reducer made;
    made.identity.as<State>() = Kind::identity();
    made.take = [](Partial* acc, int stride, const Slot& a, const Slot& b, int count, std::int64_t first) {
        for (int i = 0; i < count; ++i) {
            State& state = acc[i * stride].as<State>();
            state = Kind::take(state, a, b, i, first + i);
        }
    };
    made.join = [](Partial* left, const Partial* right, int count) {
        for (int i = 0; i < count; ++i)
            left[i].as<State>() = Kind::join(left[i].as<State>(), right[i].as<State>());
    };
    return made;
}

template <Number T>
Reducer reducer_of(Reduce kind) {
    switch (kind) {
        case Reduce::prod:
            return reducer<Product<T>>();
        case Reduce::max:
            return reducer<Extreme<T, true>>();
        case Reduce::min:
            return reducer<Extreme<T, false>>();
        case Reduce::argmax:
            return reducer<ArgExtreme<T, true>>();
        case Reduce::argmin:
            return reducer<ArgExtreme<T, false>>();
        default:
            return reducer<Sum<T>>();
    }
}

/// The reducer of elements of a type; `products`: of a sum of products, which has a type of its own only in
/// floating point.
inline Reducer reducer_for(Reduce kind, DType element, bool products) {
    return with_type(element, [&]<class T>(std::type_identity<T>) -> Reducer {
        if constexpr (std::floating_point<T>)
            if (products) return reducer<SumOfProducts<T>>();
        if constexpr (Number<T>)
            return reducer_of<T>(kind);
        else
            return {};
    });
}

}  // namespace sporkle::evaluation
