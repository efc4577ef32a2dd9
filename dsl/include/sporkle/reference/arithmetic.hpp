// The operations of a Program on single values, as C++ functions: integers wrap, division by zero gives 0,
// shift counts are taken modulo the width, float to integer saturates, min and max are the comparisons that
// program.hpp says.
//
// Every function holds one rounding, so there is nothing for a compiler to contract; -ffast-math would break
// them all and is refused.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <sporkle/dtype.hpp>
#include <sporkle/error.hpp>
#include <sporkle/half.hpp>

#ifdef __FAST_MATH__
#error "sporkle: the reference must not be compiled with -ffast-math"
#endif

namespace sporkle::evaluation {

/// Calls f(std::type_identity<T>{}) with the C++ type of values of a dtype. f16 and bf16 have none of their
/// own.
template <class F>
decltype(auto) with_type(DType type, F&& f) {
    switch (value_type(type)) {
        case DType::f64:
            return f(std::type_identity<double>{});
        case DType::i8:
            return f(std::type_identity<std::int8_t>{});
        case DType::u8:
            return f(std::type_identity<std::uint8_t>{});
        case DType::i16:
            return f(std::type_identity<std::int16_t>{});
        case DType::i32:
            return f(std::type_identity<std::int32_t>{});
        case DType::u32:
            return f(std::type_identity<std::uint32_t>{});
        case DType::i64:
            return f(std::type_identity<std::int64_t>{});
        case DType::boolean:
            return f(std::type_identity<bool>{});
        default:
            return f(std::type_identity<float>{});
    }
}

template <class T>
inline constexpr bool is_boolean = std::same_as<T, bool>;
template <class T>
concept Number = std::is_arithmetic_v<T> && !is_boolean<T>;
template <class T>
concept Integer = std::integral<T> && !is_boolean<T>;

/// An unsigned type in which arithmetic on T wraps without being promoted to int first.
template <Integer T>
using Wrapping = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <Number T>
T add(T a, T b) {
    if constexpr (Integer<T>)
        return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
    else
        return a + b;
}

template <Number T>
T sub(T a, T b) {
    if constexpr (Integer<T>)
        return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
    else
        return a - b;
}

template <Number T>
T mul(T a, T b) {
    if constexpr (Integer<T>)
        return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
    else
        return a * b;
}

template <Number T>
T fma(T a, T b, T c) {
    if constexpr (Integer<T>)
        return add(mul(a, b), c);
    else
        return std::fma(a, b, c);
}

template <Number T>
T neg(T a) {
    if constexpr (Integer<T>)
        return sub(T(0), a);
    else
        return -a;
}

template <Number T>
T abs(T a) {
    if constexpr (Integer<T>)
        return a < 0 ? neg(a) : a;
    else
        return std::fabs(a);
}

template <Number T>
T div(T a, T b) {
    if constexpr (Integer<T>) {
        if (b == 0) return 0;
        if (std::is_signed_v<T> && b == T(-1)) return neg(a);  // the lowest number wraps
        return static_cast<T>(a / b);
    } else {
        return a / b;
    }
}

template <Integer T>
T rem(T a, T b) {
    if (b == 0 || (std::is_signed_v<T> && b == T(-1))) return 0;
    return static_cast<T>(a % b);
}

template <Number T>
T min(T a, T b) {
    return a < b ? a : b;
}
template <Number T>
T max(T a, T b) {
    return a > b ? a : b;
}

template <Integer T>
int shift_count(T count) {
    return static_cast<int>(static_cast<std::make_unsigned_t<T>>(count) & (8 * sizeof(T) - 1));
}
template <Integer T>
T shl(T a, T count) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) << shift_count(count));
}
template <Integer T>
T shr(T a, T count) {
    return static_cast<T>(a >> shift_count(count));
}

template <std::integral T>
T bit_and(T a, T b) {
    return static_cast<T>(a & b);
}
template <std::integral T>
T bit_or(T a, T b) {
    return static_cast<T>(a | b);
}
template <std::integral T>
T bit_xor(T a, T b) {
    return static_cast<T>(a ^ b);
}
template <std::integral T>
T bit_not(T a) {
    if constexpr (is_boolean<T>)
        return !a;
    else
        return static_cast<T>(~a);
}

template <std::floating_point T>
T round_even(T a) {
    return std::nearbyint(a);  // in the default rounding mode, which this project requires
}

/// Float to integer: towards zero, saturating, NaN to 0.
template <Integer To, std::floating_point From>
To to_integer(From x) {
    using Limits = std::numeric_limits<To>;
    constexpr From beyond = static_cast<From>(std::uint64_t(1) << (Limits::digits - 1)) * 2;  // highest + 1
    if (x != x) return 0;
    if (x < static_cast<From>(Limits::lowest())) return Limits::lowest();
    if (x >= beyond) return Limits::max();
    return static_cast<To>(x);
}

/// A double that rounds to every shorter format as x does: x itself, or, where it has too many digits, x
/// rounded to odd with at least 42 bits.
template <class T>
double for_rounding(T x) {
    if constexpr (std::same_as<T, std::int64_t>) {
        constexpr std::int64_t exact = std::int64_t(1) << 53;
        if (x > exact || x < -exact) {
            const std::int64_t sticky = (x & 0x7ff) != 0;
            return static_cast<double>(((x >> 11) | sticky) * 2048);
        }
    }
    return static_cast<double>(x);
}

/// Value conversion to the C++ type To.
template <class To, class From>
To convert(From x) {
    if constexpr (is_boolean<To>)
        return x != 0;
    else if constexpr (Integer<To> && std::floating_point<From>)
        return to_integer<To>(x);
    else
        return static_cast<To>(x);
}

/// Value conversion through f16 or bf16 (`Storage` is half or bfloat16), back in float.
template <class Storage, class From>
float round_through(From x) {
    return static_cast<float>(Storage(for_rounding(x)));
}

}  // namespace sporkle::evaluation
