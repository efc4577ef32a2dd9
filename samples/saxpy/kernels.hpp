#pragma once

#include <sporkle/dsl.hpp>

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto a = scalar<"a", f32>;
inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto z = tensor<"z", f32, 1>;

inline constexpr auto saxpy = kernel<"saxpy">(z(i) = a * x(i) + y(i));
