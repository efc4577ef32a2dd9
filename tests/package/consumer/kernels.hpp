#pragma once

#include <sporkle/dsl.hpp>

namespace consumer {

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto product = kernel<"product">(C(i, j) = sum(k, A(i, k) * B(k, j)));

inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto scaled = kernel<"scaled">(y(i) = float(CONSUMER_FACTOR) * x(i));

}  // namespace consumer
