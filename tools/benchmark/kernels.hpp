// The kernels that are measured.
#pragma once

#include <sporkle/dsl.hpp>

namespace sporkle::bench::kernels {

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;

inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto X = tensor<"X", f32, 1>;
inline constexpr auto Y = tensor<"Y", f32, 1>;
inline constexpr auto Z = tensor<"Z", f32, 1>;

inline constexpr auto gemm = kernel<"gemm">(C(i, j) = sum(k, A(i, k) * B(k, j)));
inline constexpr auto gemv = kernel<"gemv">(Y(i) = sum(k, A(i, k) * X(k)));

inline constexpr auto a = scalar<"a", f32>;
inline constexpr auto b = scalar<"b", f32>;
inline constexpr auto c = scalar<"c", f32>;
inline constexpr auto affine = a * X(i) + b;

inline constexpr auto affine_relu = kernel<"affine_relu">(Z(i) = max(a * X(i) + b * Y(i) + c, 0.0f));
inline constexpr auto gelu = kernel<"gelu">(
    Z(i) = 0.5f * affine * (1.0f + tanh(0.7978845608f * (affine + 0.044715f * affine * affine * affine))));
inline constexpr auto logistic = kernel<"sigmoid">(Z(i) = sigmoid(X(i)));
inline constexpr auto exponential = kernel<"exp">(Z(i) = exp(X(i)));
inline constexpr auto hyperbolic_tangent = kernel<"tanh">(Z(i) = tanh(X(i)));

inline constexpr auto largest = temporary<"largest", f32, 1>;
inline constexpr auto total = temporary<"total", f32, 1>;
inline constexpr auto power = temporary<"power", f32, 2>;
inline constexpr auto softmax =
    kernel<"softmax">(largest(i) = max(j, A(i, j)), power(i, j) = exp(A(i, j) - largest(i)),
                      total(i) = sum(j, power(i, j)), C(i, j) = power(i, j) / total(i));

// Convolutions: windows of 7×7 with stride 2, 3×3 and 1×1.
inline constexpr auto n = index<"n">;
inline constexpr auto ci = index<"ci">;
inline constexpr auto co = index<"co">;
inline constexpr auto y = index<"y">;
inline constexpr auto x = index<"x">;
inline constexpr auto r7 = index<"r7", 7>;
inline constexpr auto s7 = index<"s7", 7>;
inline constexpr auto r3 = index<"r3", 3>;
inline constexpr auto s3 = index<"s3", 3>;
inline constexpr auto r1 = index<"r1", 1>;
inline constexpr auto s1 = index<"s1", 1>;
inline constexpr auto images = tensor<"images", f32, 4>.boundary(zero);
inline constexpr auto weights = tensor<"weights", f32, 4>;
inline constexpr auto result = tensor<"result", f32, 4>;

inline constexpr auto conv7_nchw = kernel<"conv7_nchw">(
    result(n, co, y, x) =
        sum(ci, r7, s7, images(n, ci, y * 2 + r7 - 3, x * 2 + s7 - 3) * weights(co, ci, r7, s7)));
inline constexpr auto conv3_nchw = kernel<"conv3_nchw">(
    result(n, co, y, x) = sum(ci, r3, s3, images(n, ci, y + r3 - 1, x + s3 - 1) * weights(co, ci, r3, s3)));
inline constexpr auto conv1_nchw = kernel<"conv1_nchw">(
    result(n, co, y, x) = sum(ci, r1, s1, images(n, ci, y + r1, x + s1) * weights(co, ci, r1, s1)));
inline constexpr auto conv7_nhwc = kernel<"conv7_nhwc">(
    result(n, y, x, co) =
        sum(r7, s7, ci, images(n, y * 2 + r7 - 3, x * 2 + s7 - 3, ci) * weights(r7, s7, ci, co)));
inline constexpr auto conv3_nhwc = kernel<"conv3_nhwc">(
    result(n, y, x, co) = sum(r3, s3, ci, images(n, y + r3 - 1, x + s3 - 1, ci) * weights(r3, s3, ci, co)));
inline constexpr auto conv1_nhwc = kernel<"conv1_nhwc">(
    result(n, y, x, co) = sum(r1, s1, ci, images(n, y + r1, x + s1, ci) * weights(r1, s1, ci, co)));

}  // namespace sporkle::bench::kernels
