// Sums of products: GEMM in all its forms.
#pragma once

#include "tests/conformance/kernels/names.hpp"

namespace sporkle::testing::kernels {

template <DType T>
constexpr Program gemm() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm">(C(i, j) = sum(k, A(i, k) * B(k, j))).program();
}
template <DType T>
constexpr Program gemm_bias_relu() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    constexpr auto bias = tensor<"bias", T, 1>;
    constexpr auto alpha = scalar<"alpha", value_type(T)>;
    return kernel<"gemm_bias_relu">(C(i, j) = max(alpha * sum(k, A(i, k) * B(k, j)) + bias(j), 0)).program();
}
/// The sum is written twice and is one sum.
template <DType T>
constexpr Program gemm_swish() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    constexpr auto bias = tensor<"bias", T, 1>;
    constexpr auto t = sum(k, A(i, k) * B(k, j)) + bias(j);
    return kernel<"gemm_swish">(C(i, j) = t * sigmoid(t)).program();
}
template <DType T>
constexpr Program gemm_transposed_a() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm_transposed_a">(C(i, j) = sum(k, A(k, i) * B(k, j))).program();
}
template <DType T>
constexpr Program gemm_transposed_b() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm_transposed_b">(C(i, j) = sum(k, A(i, k) * B(j, k))).program();
}
template <DType T>
constexpr Program gemm_transposed_c() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    return kernel<"gemm_transposed_c">(C(j, i) = sum(k, A(i, k) * B(k, j))).program();
}
template <DType T>
constexpr Program batched_gemm() {
    constexpr auto A = tensor<"A", T, 3>;
    constexpr auto B = tensor<"B", T, 3>;
    constexpr auto C = tensor<"C", T, 3>;
    return kernel<"batched_gemm">(C(b, i, j) = sum(k, A(b, i, k) * B(b, k, j))).program();
}
template <DType T>
constexpr Program einsum() {
    constexpr auto A = tensor<"A", T, 4>;
    constexpr auto B = tensor<"B", T, 4>;
    constexpr auto C = tensor<"C", T, 3>;
    return kernel<"einsum">(C(b, i, j) = sum(k, l, A(b, k, i, l) * B(l, j, b, k))).program();
}
/// The factors are expressions.
template <DType T>
constexpr Program gemm_of_expressions() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto B = tensor<"B", T, 2>;
    constexpr auto C = tensor<"C", T, 2>;
    constexpr auto scale = tensor<"scale", T, 1>;
    return kernel<"gemm_of_expressions">(C(i, j) = sum(k, max(A(i, k), 0) * (B(k, j) - scale(k)))).program();
}
template <DType T>
constexpr Program two_layers() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto V = tensor<"V", T, 2>;
    constexpr auto W = tensor<"W", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto h = temporary<"h", T, 2>;
    return kernel<"two_layers">(h(i, k) = max(sum(l, X(i, l) * V(l, k)), 0),
                                Y(i, j) = sum(k, h(i, k) * W(k, j)))
        .program();
}

}  // namespace sporkle::testing::kernels
