// Kernels of several statements, with temporaries.
#pragma once

#include "tests/conformance/kernels/names.hpp"

namespace sporkle::testing::kernels {

template <DType T>
constexpr Program softmax() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto m = temporary<"m", value_type(T), 1>;
    constexpr auto total = temporary<"total", value_type(T), 1>;
    constexpr auto e = temporary<"e", value_type(T), 2>;
    return kernel<"softmax">(m(i) = max(j, X(i, j)), e(i, j) = exp(X(i, j) - m(i)),
                             total(i) = sum(j, e(i, j)), Y(i, j) = e(i, j) / total(i))
        .program();
}
template <DType T>
constexpr Program layer_norm() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto gain = tensor<"gain", T, 1>;
    constexpr auto shift = tensor<"shift", T, 1>;
    constexpr auto mean = temporary<"mean", value_type(T), 1>;
    constexpr auto variance = temporary<"variance", value_type(T), 1>;
    constexpr auto inverse = scalar<"inverse", value_type(T)>;
    constexpr auto epsilon = scalar<"epsilon", value_type(T)>;
    return kernel<"layer_norm">(
               mean(i) = sum(j, X(i, j)) * inverse,
               variance(i) = sum(j, (X(i, j) - mean(i)) * (X(i, j) - mean(i))) * inverse,
               Y(i, j) = (X(i, j) - mean(i)) * rsqrt(variance(i) + epsilon) * gain(j) + shift(j))
        .program();
}
/// Rows that several reductions go along, with a row kept as an output that is read again, neighbours by a
/// boundary rule, and results for whole rows.
template <DType T>
constexpr Program row_statistics() {
    constexpr auto X = tensor<"X", T, 2>.boundary(clamp);
    constexpr auto weight = tensor<"weight", T, 1>;
    constexpr auto E = tensor<"E", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto largest = tensor<"largest", T, 1>;
    constexpr auto total = temporary<"total", value_type(T), 1>;
    return kernel<"row_statistics">(
               largest(i) = max(j, X(i, j)), E(i, j) = (X(i, j) - largest(i)) * weight(j),
               total(i) = sum(j, E(i, j) * X(i, j)), Y(i, j) = X(i, j + 1) - X(i, j - 1) + E(i, j) * total(i))
        .program();
}
/// Rows of an extent that is no whole number of vectors and known to the compiler.
template <DType T>
constexpr Program known_rows() {
    constexpr auto c = index<"c", 300>;
    constexpr auto d = index<"d", 300>;
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto scale = tensor<"scale", T, 1>;
    constexpr auto where = tensor<"where", i64, 1>;
    constexpr auto power = temporary<"power", value_type(T), 2>;
    return kernel<"known_rows">(where(i) = argmax(d, X(i, d)), power(i, c) = X(i, c) * X(i, c) + scale(i),
                                Y(i, c) = power(i, c) * sum(d, power(i, d)))
        .program();
}
/// The softmax of columns: rows and columns change places, one reduction is nested in the expression.
template <DType T>
constexpr Program column_softmax() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto L = tensor<"L", T, 1>;
    return kernel<"column_softmax">(L(j) = max(i, X(i, j)) + log(sum(k, exp(X(k, j) - max(i, X(i, j))))),
                                    Y(i, j) = exp(X(i, j) - L(j)))
        .program();
}
/// Causal attention of one head: two contractions with a softmax between them.
template <DType T>
constexpr Program attention() {
    constexpr auto Q = tensor<"Q", T, 2>;
    constexpr auto K = tensor<"K", T, 2>;
    constexpr auto V = tensor<"V", T, 2>;
    constexpr auto O = tensor<"O", T, 2>;
    constexpr auto scale = scalar<"scale", value_type(T)>;
    constexpr auto score = temporary<"score", value_type(T), 2>;
    constexpr auto weight = temporary<"weight", value_type(T), 2>;
    return kernel<"attention">(
               score(i, j) = select(value(j) <= value(i), sum(k, Q(i, k) * K(j, k)) * scale, -1000),
               weight(i, j) = exp(score(i, j) - max(l, score(i, l))),
               O(i, k) = sum(j, weight(i, j) * V(j, k)) / sum(j, weight(i, j)))
        .program();
}
/// Convolution, bias, relu and pooling, with the feature maps kept as an output of their own.
template <DType T>
constexpr Program conv_relu_pool() {
    constexpr auto I = tensor<"I", T, 3>.boundary(zero);
    constexpr auto W = tensor<"W", T, 4>;
    constexpr auto bias = tensor<"bias", T, 1>;
    constexpr auto F = tensor<"F", T, 3>.boundary(clamp);
    constexpr auto P = tensor<"P", T, 3>;
    return kernel<"conv_relu_pool">(
               F(co, y, x) = max(sum(ci, r, s, I(ci, y + r - 1, x + s - 1) * W(co, ci, r, s)) + bias(co), 0),
               P(co, z, g) = max(q, t, F(co, z * 2 + q, g * 2 + t)))
        .program();
}
/// Mean and variance of columns, both kept, and the outer product of two of the rows' results.
template <DType T>
constexpr Program moments() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto M = tensor<"M", T, 1>;
    constexpr auto S = tensor<"S", T, 1>;
    constexpr auto R = tensor<"R", T, 2>;
    constexpr auto inverse = scalar<"inverse", value_type(T)>;
    return kernel<"moments">(M(j) = sum(i, X(i, j)) * inverse,
                             S(j) = sum(i, (X(i, j) - M(j)) * (X(i, j) - M(j))) * inverse,
                             R(j, k) = M(j) * S(k) - M(k) * S(j))
        .program();
}
template <DType T>
constexpr Program separable_blur() {
    constexpr auto I = tensor<"I", T, 2>.boundary(reflect);
    constexpr auto W = tensor<"W", T, 1>;
    constexpr auto O = tensor<"O", T, 2>;
    constexpr auto h = temporary<"h", T, 2>.boundary(clamp);
    return kernel<"separable_blur">(h(y, x) = sum(s, I(y, x + s - 1) * W(s)),
                                    O(y, x) = sum(r, h(y + r - 1, x) * W(r)))
        .program();
}

/// The blur of every plane of a picture: fused, a task keeps one plane of the temporary, which has a boundary
/// rule.
template <DType T>
constexpr Program blur_of_planes() {
    constexpr auto I = tensor<"I", T, 3>.boundary(reflect);
    constexpr auto W = tensor<"W", T, 1>;
    constexpr auto O = tensor<"O", T, 3>;
    constexpr auto h = temporary<"h", T, 3>.boundary(reflect);
    return kernel<"blur_of_planes">(h(n, y, x) = sum(s, I(n, y, x + s - 1) * W(s)),
                                    O(n, y, x) = sum(r, h(n, y + r - 1, x) * W(r)))
        .program();
}

}  // namespace sporkle::testing::kernels
