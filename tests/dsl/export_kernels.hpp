// Kernels that two source files export.
#pragma once

#include <sporkle/dsl.hpp>

namespace sporkle::testing {

using namespace sporkle::dsl;
using sporkle::dsl::index;

inline constexpr auto i = index<"i">;
inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto one = kernel<"one">(y(i) = x(i) + 1);
inline constexpr auto two = kernel<"two">(y(i) = x(i) + 2);
inline constexpr auto three = kernel<"three">(y(i) = x(i) + 3);
inline constexpr auto four = kernel<"four">(y(i) = x(i) + 4);

}  // namespace sporkle::testing
