// Kernels for the tests of the runtime: one of every kind of call that the runtime treats differently.
#pragma once

#include <sporkle/dsl.hpp>

namespace sporkle::test {

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto x = tensor<"x", f32, 1>;
inline constexpr auto y = tensor<"y", f32, 1>;
inline constexpr auto z = tensor<"z", f32, 1>;
inline constexpr auto a = scalar<"a", f32>;

/// One map: may be called in place.
inline constexpr auto saxpy = kernel<"saxpy">(z(i) = a * x(i) + y(i));
/// One map that reads elsewhere: its own results must not be seen.
inline constexpr auto smooth_edge = tensor<"x", f32, 1>.boundary(clamp);
inline constexpr auto smooth =
    kernel<"smooth">(z(i) = smooth_edge(i - 1) + smooth_edge(i) + smooth_edge(i + 1));
inline constexpr auto flip = kernel<"flip">(C(i, j) = A(j, i));
inline constexpr auto product = kernel<"product">(C(i, j) = sum(k, A(i, k) * B(k, j)));
inline constexpr auto total = kernel<"total">(tensor<"t", f32, 0>() = sum(i, x(i)));
/// Two outputs.
inline constexpr auto split = kernel<"split">(y(i) = x(i) + 1.0f, z(i) = x(i) - 1.0f);
/// Elements of other sizes, and a scalar.
inline constexpr auto scale_bytes =
    kernel<"scale_bytes">(tensor<"q", u8, 1>(i) = cast<u8>(cast<f32>(tensor<"p", u8, 1>(i)) * a));
inline constexpr auto widen = kernel<"widen">(tensor<"w", f64, 1>(i) = cast<f64>(tensor<"h", f16, 1>(i)));

}  // namespace sporkle::test
