// Affine subscripts with boundary rules: convolutions, pooling, stencils.
#pragma once

#include "tests/conformance/kernels/names.hpp"

namespace sporkle::testing::kernels {

template <DType T>
constexpr Program conv1d() {
    constexpr auto I = tensor<"I", T, 3>.boundary(clamp);
    constexpr auto W = tensor<"W", T, 3>;
    constexpr auto O = tensor<"O", T, 3>;
    return kernel<"conv1d">(O(n, co, x) = sum(ci, s, I(n, ci, x + s * 2 - 2) * W(co, ci, s))).program();
}
/// Taps of constant extent 2 whose distance is no power of two.
template <DType T>
constexpr Program far_pairs() {
    constexpr auto V = tensor<"V", T, 1>;
    constexpr auto I = tensor<"I", T, 1>.boundary(reflect);
    constexpr auto O = tensor<"O", T, 2>;
    return kernel<"far_pairs">(O(i, j) = sum(n, q, V(n) * I(j * 2 - i * 2 + q * 3 + 3))).program();
}
template <DType T, Boundary rule>
constexpr Program conv2d() {
    constexpr auto I = tensor<"I", T, 4>.boundary(boundary_rule<rule>);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"conv2d">(O(n, co, y, x) = sum(ci, r, s, I(n, ci, y + r - 1, x + s - 1) * W(co, ci, r, s)))
        .program();
}
template <DType T>
constexpr Program conv2d_zero() {
    return conv2d<T, Boundary::zero>();
}
template <DType T>
constexpr Program conv2d_strided() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto O = tensor<"O", T, 4>;
    constexpr auto bias = tensor<"bias", T, 1>;
    return kernel<"conv2d_strided">(
               O(n, co, y, x) = max(
                   sum(ci, r, s, I(n, ci, y * 2 + r - 1, x * 2 + s * 2 - 2) * W(co, ci, r, s)) + bias(co), 0))
        .program();
}
template <DType T>
constexpr Program conv2d_nhwc() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"conv2d_nhwc">(O(n, y, x, co) =
                                     sum(r, s, ci, I(n, y + r - 1, x + s - 1, ci) * W(r, s, ci, co)))
        .program();
}
template <DType T>
constexpr Program conv3d() {
    constexpr auto I = tensor<"I", T, 4>.boundary(wrap);
    constexpr auto W = tensor<"W", T, 5>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"conv3d">(O(co, z, y, x) =
                                sum(ci, q, r, s, I(ci, z + q, y + r, x - s) * W(co, ci, q, r, s)))
        .program();
}
template <DType T>
constexpr Program grouped_conv() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto W = tensor<"W", T, 5>;
    constexpr auto O = tensor<"O", T, 4>;
    return kernel<"grouped_conv">(O(g, co, y, x) =
                                      sum(ci, r, s, I(g, ci, y + r - 1, x + s - 1) * W(g, co, ci, r, s)))
        .program();
}
template <DType T>
constexpr Program depthwise_conv() {
    constexpr auto I = tensor<"I", T, 3>.boundary(reflect);
    constexpr auto W = tensor<"W", T, 3>;
    constexpr auto O = tensor<"O", T, 3>;
    return kernel<"depthwise_conv">(O(ci, y, x) = sum(r, s, I(ci, y + r - 1, x + s - 1) * W(ci, r, s)))
        .program();
}
template <DType T>
constexpr Program max_pool() {
    constexpr auto I = tensor<"I", T, 3>.boundary(clamp);
    constexpr auto O = tensor<"O", T, 3>;
    return kernel<"max_pool">(O(n, y, x) = max(r, s, I(n, y * 2 + r - 1, x * 2 + s - 1))).program();
}
template <DType T>
constexpr Program stencil() {
    constexpr auto I = tensor<"I", T, 2>.boundary(reflect);
    constexpr auto O = tensor<"O", T, 2>;
    return kernel<"stencil">(O(y, x) = I(y - 1, x) + I(y + 1, x) + I(y, x - 1) + I(y, x + 1) - I(y, x) * 4)
        .program();
}
/// Every rule, in a map and in a reduction: vectors in the interior, at borders and beyond them.
template <DType T>
constexpr Program stencil_of_rules() {
    constexpr auto A = tensor<"A", T, 2>.boundary(zero);
    constexpr auto B = tensor<"B", T, 2>.boundary(clamp);
    constexpr auto C = tensor<"C", T, 2>.boundary(wrap);
    constexpr auto D = tensor<"D", T, 2>.boundary(reflect);
    constexpr auto O = tensor<"O", T, 2>;
    constexpr auto P = tensor<"P", T, 2>;
    return kernel<"stencil_of_rules">(
               O(y, x) = (A(y - 1, x) + A(y, x + 2)) * B(y + 1, x - 1) + C(y, x - 3) - D(y - 2, x + 1),
               P(y, x) = max(r, s, A(y + r - 1, x - s) + C(y - r, x + s)))
        .program();
}
template <DType T>
constexpr Program transposed_conv() {
    constexpr auto I = tensor<"I", T, 3>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>.boundary(zero);
    constexpr auto O = tensor<"O", T, 3>;
    constexpr auto u = index<"u", 2>;
    constexpr auto v = index<"v", 2>;
    return kernel<"transposed_conv">(O(co, y * 2 + q, x * 2 + t) =
                                         sum(ci, u, v, I(ci, y - u, x - v) * W(co, ci, u * 2 + q, v * 2 + t)))
        .program();
}
/// Gradient of a convolution by its weights: the sum runs over whole images.
template <DType T>
constexpr Program conv_weight_gradient() {
    constexpr auto I = tensor<"I", T, 4>.boundary(zero);
    constexpr auto D = tensor<"D", T, 4>;
    constexpr auto W = tensor<"W", T, 4>;
    return kernel<"conv_weight_gradient">(W(co, ci, r, s) =
                                              sum(n, y, x, D(n, co, y, x) * I(n, ci, y + r - 1, x + s - 1)))
        .program();
}

}  // namespace sporkle::testing::kernels
