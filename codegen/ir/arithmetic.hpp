// The meaning of every arithmetic operation of Tile IR, on one element, in plain C++: the one place where it
// is written down for both constant folding and interpretation. Assumes the default rounding mode and a
// compiler that does not contract a * b + c.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <sporkle/element.hpp>

#include "codegen/ir/rules.hpp"

namespace sporkle::tile {

/// The C++ type of one element.
template <DType T>
using Native = Element<T>;

/// Calls f.operator()<T>() for the T that `type` is.
template <class F>
decltype(auto) with_dtype(DType type, F&& f) {
    switch (type) {
        case DType::f64:
            return f.template operator()<DType::f64>();
        case DType::f32:
            return f.template operator()<DType::f32>();
        case DType::f16:
            return f.template operator()<DType::f16>();
        case DType::bf16:
            return f.template operator()<DType::bf16>();
        case DType::i8:
            return f.template operator()<DType::i8>();
        case DType::u8:
            return f.template operator()<DType::u8>();
        case DType::i16:
            return f.template operator()<DType::i16>();
        case DType::i32:
            return f.template operator()<DType::i32>();
        case DType::u32:
            return f.template operator()<DType::u32>();
        case DType::i64:
            return f.template operator()<DType::i64>();
        case DType::boolean:
            break;
    }
    return f.template operator()<DType::boolean>();
}

/// Calls f.operator()<O>() for the O in First … Last that `op` is; does nothing when there is none.
template <Op First, Op Last, class F>
void with_op(Op op, F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        constexpr auto number = [](std::size_t i) {
            return static_cast<Op>(static_cast<std::size_t>(First) + i);
        };
        (void)((op == number(I) && (f.template operator()<number(I)>(), true)) || ...);
    }
    (std::make_index_sequence<static_cast<std::size_t>(Last) - static_cast<std::size_t>(First) + 1>());
}

/// The low bits of a 64-bit result: how integers wrap.
template <class T>
constexpr T wrapped(std::uint64_t value) {
    return static_cast<T>(value);
}

template <DType T>
constexpr Native<T> element_from_bits(std::uint64_t bits) {
    if constexpr (T == DType::f64)
        return std::bit_cast<double>(bits);
    else if constexpr (T == DType::f32)
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    else if constexpr (is_storage_only(T))
        return Native<T>::from_bits(static_cast<std::uint16_t>(bits));
    else if constexpr (T == DType::boolean)
        return (bits & 0xff) != 0;  // a boolean is stored as one byte
    else
        return wrapped<Native<T>>(bits);
}

/// In the form of normalized_bits.
template <DType T>
constexpr std::uint64_t bits_from_element(Native<T> value) {
    if constexpr (T == DType::f64)
        return std::bit_cast<std::uint64_t>(value);
    else if constexpr (T == DType::f32)
        return std::bit_cast<std::uint32_t>(value);
    else if constexpr (is_storage_only(T))
        return value.bits();
    else
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

/// `op` is unary and accepts(op, T).
template <Op op, DType T>
Native<T> compute(Native<T> a) {
    using N = Native<T>;
    if constexpr (is_float(T)) {
        using Bits = std::conditional_t<T == DType::f64, std::uint64_t, std::uint32_t>;
        constexpr Bits sign = Bits{1} << (8 * sizeof(Bits) - 1);
        if constexpr (op == Op::neg) return std::bit_cast<N>(std::bit_cast<Bits>(a) ^ sign);
        if constexpr (op == Op::abs) return std::bit_cast<N>(std::bit_cast<Bits>(a) & ~sign);
        if constexpr (op == Op::sqrt) return std::sqrt(a);
        if constexpr (op == Op::floor) return std::floor(a);
        if constexpr (op == Op::ceil) return std::ceil(a);
        if constexpr (op == Op::trunc) return std::trunc(a);
        if constexpr (op == Op::round_even) return std::nearbyint(a);
    } else if constexpr (T == DType::boolean) {
        return !a;  // bit_not
    } else {
        if constexpr (op == Op::neg) return wrapped<N>(0 - static_cast<std::uint64_t>(a));
        if constexpr (op == Op::abs) return a < N{0} ? wrapped<N>(0 - static_cast<std::uint64_t>(a)) : a;
        if constexpr (op == Op::bit_not) return wrapped<N>(~static_cast<std::uint64_t>(a));
    }
}

/// `op` is binary and accepts(op, T).
template <Op op, DType T>
Native<T> compute(Native<T> a, Native<T> b) {
    using N = Native<T>;
    if constexpr (op == Op::min) return a < b ? a : b;
    if constexpr (op == Op::max) return a > b ? a : b;
    if constexpr (is_float(T)) {
        if constexpr (op == Op::add) return a + b;
        if constexpr (op == Op::sub) return a - b;
        if constexpr (op == Op::mul) return a * b;
        if constexpr (op == Op::div) return a / b;
    } else {
        const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
        if constexpr (op == Op::add) return wrapped<N>(x + y);
        if constexpr (op == Op::sub) return wrapped<N>(x - y);
        if constexpr (op == Op::mul) return wrapped<N>(x * y);
        if constexpr (op == Op::div || op == Op::rem) {
            constexpr bool quotient = op == Op::div;
            if (b == N{0}) return N{0};
            if constexpr (is_signed(T))  // lowest / -1 overflows in C++
                if (b == N{-1}) return quotient ? wrapped<N>(0 - x) : N{0};
            return static_cast<N>(quotient ? a / b : a % b);
        }
        if constexpr (op == Op::bit_and) return wrapped<N>(x & y);
        if constexpr (op == Op::bit_or) return wrapped<N>(x | y);
        if constexpr (op == Op::bit_xor) return wrapped<N>(x ^ y);
        if constexpr (in_range(op, Op::shl, Op::shr_logical)) {
            const auto count = static_cast<int>(y % static_cast<unsigned>(width_of(T)));
            if constexpr (op == Op::shl) return wrapped<N>(x << count);
            if constexpr (op == Op::shr) return static_cast<N>(a >> count);
            if constexpr (op == Op::shr_logical)
                return wrapped<N>(static_cast<std::uint64_t>(static_cast<std::make_unsigned_t<N>>(a)) >>
                                  count);
        }
    }
}

/// `op` is a comparison and accepts(op, T); false is less than true.
template <Op op, DType T>
constexpr bool compare(Native<T> a, Native<T> b) {
    if constexpr (op == Op::less) return a < b;
    if constexpr (op == Op::less_equal) return a <= b;
    if constexpr (op == Op::greater) return a > b;
    if constexpr (op == Op::greater_equal) return a >= b;
    if constexpr (op == Op::equal) return a == b;
    if constexpr (op == Op::not_equal) return a != b;
}

/// accepts(Op::fma, T).
template <DType T>
Native<T> fused_multiply_add(Native<T> a, Native<T> b, Native<T> c) {
    if constexpr (is_float(T))
        return std::fma(a, b, c);
    else
        return wrapped<Native<T>>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b) +
                                  static_cast<std::uint64_t>(c));
}

/// Float to integer: towards zero, saturating, NaN gives 0.
template <class Integer, class Float>
constexpr Integer saturated(Float x) {
    using Limits = std::numeric_limits<Integer>;
    // 2^digits is exact in every floating type; the highest integer itself need not be.
    const Float beyond = Float(std::uint64_t{1} << (Limits::digits - 1)) * 2;
    if (x != x) return 0;
    if (x >= beyond) return Limits::max();
    if (x <= (Limits::is_signed ? -beyond : Float(0))) return Limits::min();
    return static_cast<Integer>(x);
}

/// x rounded to odd: where it is not exact the last bit is set, so that a later rounding to fewer bits gives
/// what one rounding of x would have given (Boldo and Melquiond, "Emulation of FMA and correctly rounded
/// sums: proved algorithms using rounding to odd", 2008).
constexpr double odd_double(std::int64_t x) {
    const bool negative = x < 0;
    std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
    const int excess = 64 - std::countl_zero(magnitude) - 53;
    if (excess > 0) {
        const std::uint64_t lost = magnitude & ((std::uint64_t{1} << excess) - 1);
        magnitude -= lost;
        if (lost != 0) magnitude |= std::uint64_t{1} << excess;
    }
    const auto result = static_cast<double>(magnitude);
    return negative ? -result : result;
}

/// Op::convert, rounding once.
template <DType From, DType To>
constexpr Native<To> converted(Native<From> x) {
    if constexpr (is_storage_only(From) && From != To)
        return converted<DType::f32, To>(static_cast<float>(x));  // widening is exact
    else if constexpr (From == To)
        return x;
    else if constexpr (To == DType::boolean)
        return x != Native<From>(0);
    else if constexpr (is_storage_only(To) && is_float(From))
        return Native<To>(static_cast<double>(x));
    else if constexpr (is_storage_only(To))
        return Native<To>(odd_double(static_cast<std::int64_t>(x)));
    else if constexpr (is_float(From) && is_integer(To))
        return saturated<Native<To>>(x);
    else if constexpr (is_integer(To))
        return wrapped<Native<To>>(static_cast<std::uint64_t>(x));
    else
        return static_cast<Native<To>>(x);
}

}  // namespace sporkle::tile
