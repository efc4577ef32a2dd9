// C++ literals as values. A literal has no dtype of its own where another operand has one:
//
//   bool     boolean only
//   integer  the other operand's dtype, when it can hold the value exactly
//   float    f32; widens to f64
//   double   f64; does not narrow
//
// Where there is no other operand, an integer literal is i32 (int and smaller), u32 (unsigned) or i64.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include <sporkle/dsl/builder.hpp>
#include <sporkle/dsl/errors.hpp>
#include <sporkle/program.hpp>

namespace sporkle::notation {

template <class T>
concept CppLiteral = std::is_arithmetic_v<T>;

/// A constant of the given dtype, which is never f16 or bf16. `bits` as in Node.
template <DType type>
struct Literal {
    static constexpr bool is_value = true;
    static constexpr DType dtype = type;
    std::uint64_t bits = 0;

    static constexpr IndexUse outline(Outline& o) {
        o.node();
        return {};
    }
    constexpr std::uint16_t emit(Builder& b) const {
        return add_node(b.program, {.op = Op::literal, .dtype = type, .bits = bits});
    }
};

/// Whether an integer converts to a floating type and back unchanged.
template <class Float, class T>
constexpr bool exact_in(T value) {
    constexpr int value_bits = 8 * sizeof(T) - (std::is_signed_v<T> ? 1 : 0);
    constexpr Float limit = 2 * static_cast<Float>(std::uint64_t{1} << (value_bits - 1));
    const Float converted = static_cast<Float>(value);
    return converted < limit && converted >= -limit && static_cast<T>(converted) == value;
}

template <class T>
constexpr bool fits(T value, DType type) {
    const int bits = 8 * size_of(type) - (is_signed(type) ? 1 : 0);
    if constexpr (std::is_signed_v<T>) {
        // In two's complement -1 - x has the same number of value bits as x.
        if (value < 0) return is_signed(type) && static_cast<std::uint64_t>(-1 - value) >> bits == 0;
    }
    return static_cast<std::uint64_t>(value) >> bits == 0;
}

/// The literal as a value of dtype `type`; a compile-time error where the rules above do not allow it.
template <DType type, CppLiteral T>
constexpr Literal<type> literal_as(T value) {
    if constexpr (std::is_same_v<T, bool> && type == DType::boolean) {
        return {value ? std::uint64_t{1} : 0};
    } else if constexpr (std::is_same_v<T, bool> || type == DType::boolean) {
        static_assert(sizeof(errors::LiteralType<T, type>));
        return {};
    } else if constexpr (std::is_integral_v<T> && is_integer(type)) {
        if (!fits(value, type)) errors::literal_not_representable<type>();
        return {static_cast<std::uint64_t>(value)};
    } else if constexpr (std::is_integral_v<T> && type == DType::f32) {
        if (!exact_in<float>(value)) errors::literal_not_representable<type>();
        return {std::bit_cast<std::uint32_t>(static_cast<float>(value))};
    } else if constexpr (std::is_integral_v<T>) {
        if (!exact_in<double>(value)) errors::literal_not_representable<type>();
        return {std::bit_cast<std::uint64_t>(static_cast<double>(value))};
    } else if constexpr (std::is_same_v<T, float> && type == DType::f32) {
        return {std::bit_cast<std::uint32_t>(value)};
    } else if constexpr (type == DType::f64 && sizeof(T) <= sizeof(double)) {
        return {std::bit_cast<std::uint64_t>(static_cast<double>(value))};
    } else if constexpr (std::is_same_v<T, double> && type == DType::f32) {
        static_assert(sizeof(errors::DoubleLiteral<type>));
        return {};
    } else {
        static_assert(sizeof(errors::LiteralType<T, type>));
        return {};
    }
}

/// The dtype of a literal that stands alone.
template <CppLiteral T>
constexpr DType literal_dtype() {
    if constexpr (std::is_same_v<T, bool>) return DType::boolean;
    if constexpr (std::is_same_v<T, float>) return DType::f32;
    if constexpr (std::is_floating_point_v<T>) return DType::f64;
    if constexpr (sizeof(T) > 4) return DType::i64;
    return std::is_signed_v<T> || sizeof(T) < 4 ? DType::i32 : DType::u32;
}
}  // namespace sporkle::notation
