// Which C++ type holds an element of which dtype, in both directions.
#pragma once

#include <cstdint>
#include <type_traits>

#include <sporkle/dtype.hpp>
#include <sporkle/half.hpp>

namespace sporkle {

namespace detail {

template <DType dtype>
struct ElementOf;
template <>
struct ElementOf<DType::f64> : std::type_identity<double> {};
template <>
struct ElementOf<DType::f32> : std::type_identity<float> {};
template <>
struct ElementOf<DType::f16> : std::type_identity<half> {};
template <>
struct ElementOf<DType::bf16> : std::type_identity<bfloat16> {};
template <>
struct ElementOf<DType::i8> : std::type_identity<std::int8_t> {};
template <>
struct ElementOf<DType::u8> : std::type_identity<std::uint8_t> {};
template <>
struct ElementOf<DType::i16> : std::type_identity<std::int16_t> {};
template <>
struct ElementOf<DType::i32> : std::type_identity<std::int32_t> {};
template <>
struct ElementOf<DType::u32> : std::type_identity<std::uint32_t> {};
template <>
struct ElementOf<DType::i64> : std::type_identity<std::int64_t> {};
template <>
struct ElementOf<DType::boolean> : std::type_identity<bool> {};

template <class T>
inline constexpr int dtype_number = [] {
    if constexpr (std::is_same_v<T, double>) return static_cast<int>(DType::f64);
    if constexpr (std::is_same_v<T, float>) return static_cast<int>(DType::f32);
    if constexpr (std::is_same_v<T, half>) return static_cast<int>(DType::f16);
    if constexpr (std::is_same_v<T, bfloat16>) return static_cast<int>(DType::bf16);
    if constexpr (std::is_same_v<T, std::int8_t>) return static_cast<int>(DType::i8);
    if constexpr (std::is_same_v<T, std::uint8_t>) return static_cast<int>(DType::u8);
    if constexpr (std::is_same_v<T, std::int16_t>) return static_cast<int>(DType::i16);
    if constexpr (std::is_same_v<T, std::int32_t>) return static_cast<int>(DType::i32);
    if constexpr (std::is_same_v<T, std::uint32_t>) return static_cast<int>(DType::u32);
    if constexpr (std::is_same_v<T, std::int64_t>) return static_cast<int>(DType::i64);
    if constexpr (std::is_same_v<T, bool>) return static_cast<int>(DType::boolean);
    return -1;
}();

}  // namespace detail

/// The C++ type of one stored element: float for f32, sporkle::half for f16, bool for boolean, …
template <DType dtype>
using Element = typename detail::ElementOf<dtype>::type;

/// A type whose arrays a kernel can take: one of the Element types, without const or reference.
template <class T>
concept ElementType = detail::dtype_number<T>
>= 0;

/// The dtype of an element type: the inverse of Element.
template <ElementType T>
inline constexpr DType dtype_of = static_cast<DType>(detail::dtype_number<T>);

static_assert(sizeof(bool) == 1, "a boolean element is one byte");

}  // namespace sporkle
