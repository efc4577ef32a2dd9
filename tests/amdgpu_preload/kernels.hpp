// Kernels for a program that runs on a pretended amdgpu: a map, a product, a window, several statements.
#pragma once

#include <sporkle/dsl.hpp>

namespace sporkle::test {

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto r = index<"r", 3>;
inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto z = tensor<"z", f32, 1>;
inline constexpr auto a = scalar<"a", f32>;
inline constexpr auto edge = tensor<"x", f32, 1>.boundary(zero);
inline constexpr auto highest = temporary<"highest", f32, 1>;
inline constexpr auto weight = temporary<"weight", f32, 2>;
inline constexpr auto total = temporary<"total", f32, 1>;

inline constexpr auto saxpy = kernel<"saxpy">(z(i) = a * x(i) + y(i));
inline constexpr auto product = kernel<"product">(C(i, j) = sum(k, A(i, k) * B(k, j)));
inline constexpr auto blurred = kernel<"blurred">(z(i) = sum(r, edge(i + r - 1) * y(r)));
inline constexpr auto softmax =
    kernel<"softmax">(highest(i) = max(j, A(i, j)), weight(i, j) = exp(A(i, j) - highest(i)),
                      total(i) = sum(j, weight(i, j)), C(i, j) = weight(i, j) / total(i));

}  // namespace sporkle::test
