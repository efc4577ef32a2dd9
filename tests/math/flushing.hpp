// Flushing<T>: a number as on a machine whose fma and comparisons of single precision flush: what may flush
// (see sporkle/math/scalar.hpp) does; all else computes as Scalar does.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

/// Which of the operations that may flush do: each uses up the lowest bit, which becomes the highest.
inline thread_local std::uint64_t flushing = ~std::uint64_t(0);

inline bool next_flushes() {
    const bool flushes = (flushing & 1) != 0;
    flushing = std::rotr(flushing, 1);
    return flushes;
}

inline float flushed(float x) {
    return std::fabs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0f, x) : x;
}

/// Machines may look at the result before it is rounded: so the least normal number is flushed, too.
inline float flushed_result(float x) {
    return std::fabs(x) <= std::numeric_limits<float>::min() ? std::copysign(0.0f, x) : x;
}

template <class T>
struct Flushing {
    Scalar<T> number;

    Flushing(T v) : number(v) {}
    Flushing(Scalar<T> v) : number(v) {}

    friend Flushing operator+(Flushing a, Flushing b) { return a.number + b.number; }
    friend Flushing operator-(Flushing a, Flushing b) { return a.number - b.number; }
    friend Flushing operator*(Flushing a, Flushing b) { return a.number * b.number; }
    friend Flushing operator/(Flushing a, Flushing b) requires std::floating_point<T> {
        return a.number / b.number;
    }
    friend Flushing operator-(Flushing a) { return -a.number; }
    friend Flushing operator&(Flushing a, Flushing b) { return a.number & b.number; }
    friend Flushing operator|(Flushing a, Flushing b) { return a.number | b.number; }
    friend Flushing operator^(Flushing a, Flushing b) { return a.number ^ b.number; }
    friend Flushing operator~(Flushing a) { return ~a.number; }
    friend Flushing shift_left(Flushing a, int count) { return shift_left(a.number, count); }
    friend Flushing shift_right(Flushing a, int count) { return shift_right(a.number, count); }
    friend Flushing shift_right_logical(Flushing a, int count) {
        return shift_right_logical(a.number, count);
    }

    friend Flushing<bool> operator<(Flushing a, Flushing b) { return compare(a, b, std::less()); }
    friend Flushing<bool> operator<=(Flushing a, Flushing b) { return compare(a, b, std::less_equal()); }
    friend Flushing<bool> operator>(Flushing a, Flushing b) { return compare(a, b, std::greater()); }
    friend Flushing<bool> operator>=(Flushing a, Flushing b) { return compare(a, b, std::greater_equal()); }
    friend Flushing<bool> operator==(Flushing a, Flushing b) { return compare(a, b, std::equal_to()); }
    friend Flushing<bool> operator!=(Flushing a, Flushing b) { return compare(a, b, std::not_equal_to()); }

    friend Flushing fma(Flushing a, Flushing b, Flushing c) { return fma(a.number, b.number, c.number); }
    friend Flushing flush_safe_fma(Flushing a, Flushing b, Flushing c) {
        if constexpr (std::same_as<T, float>)
            if (next_flushes())
                return flushed_result(
                    std::fma(flushed(a.number.value), flushed(b.number.value), flushed(c.number.value)));
        return fma(a, b, c);
    }
    friend Flushing sqrt(Flushing a) { return sqrt(a.number); }
    friend Flushing abs(Flushing a) { return abs(a.number); }
    friend Flushing round_even(Flushing a) { return round_even(a.number); }
    friend Flushing min(Flushing a, Flushing b) { return either(a < b, a, b); }
    friend Flushing max(Flushing a, Flushing b) { return either(a > b, a, b); }
    friend Flushing select(Flushing<bool> condition, Flushing a, Flushing b) {
        return condition.number.value ? a : b;
    }

  private:
    template <class Relation>
    static Flushing<bool> compare(Flushing a, Flushing b, Relation holds) {
        if constexpr (std::same_as<T, float>)
            if (next_flushes()) return bool(holds(flushed(a.number.value), flushed(b.number.value)));
        return bool(holds(a.number.value, b.number.value));
    }
    static Flushing either(Flushing<bool> first, Flushing a, Flushing b) {
        const Flushing chosen = select(first, a, b);
        if constexpr (std::same_as<T, float>)
            if (next_flushes()) return flushed_result(chosen.number.value);
        return chosen;
    }
};

template <std::floating_point T>
Flushing<IntegerOf<T>> bits_of(Flushing<T> x) {
    return bits_of(x.number);
}
template <std::integral T>
Flushing<FloatOf<T>> number_from_bits(Flushing<T> i) {
    return number_from_bits(i.number);
}
template <class To, class From>
Flushing<To> convert(Flushing<From> x) {
    return convert<To>(x.number);
}

}  // namespace sporkle::math
