// Names that the programs of this folder share.
#pragma once

#include <cstddef>
#include <utility>

#include <sporkle/dsl.hpp>

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto r = index<"r", 3>;
inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto u = tensor<"u", f32, 1>;
inline constexpr auto v = tensor<"v", f32, 1>;
inline constexpr auto n = tensor<"n", i32, 1>;
inline constexpr auto bytes = tensor<"bytes", u8, 1>;
inline constexpr auto flags = tensor<"flags", boolean, 1>;
inline constexpr auto s = tensor<"s", f32, 0>;
inline constexpr auto m = temporary<"m", f32, 1>;
inline constexpr auto alpha = scalar<"alpha", f32>;

/// "x00", "x01", …: as many different names as a test wants.
template <std::size_t number>
constexpr auto numbered(char letter) {
    sporkle::notation::FixedString<4> name;
    name.text[0] = letter;
    name.text[1] = static_cast<char>('0' + number / 10);
    name.text[2] = static_cast<char>('0' + number % 10);
    return name;
}
template <std::size_t number>
inline constexpr auto numbered_tensor = tensor<numbered<number>('x'), f32, 1>;
template <std::size_t number>
inline constexpr auto numbered_index = index<numbered<number>('i'), 2>;
template <std::size_t number>
inline constexpr auto numbered_scalar = scalar<numbered<number>('s'), f32>;
