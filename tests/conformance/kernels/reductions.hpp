// Reductions of every kind, along every index.
#pragma once

#include "tests/conformance/kernels/names.hpp"

namespace sporkle::testing::kernels {

template <DType T>
constexpr Program row_sum() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"row_sum">(Z(i) = sum(j, X(i, j))).program();
}
template <DType T>
constexpr Program column_sum() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"column_sum">(Z(j) = sum(i, X(i, j))).program();
}
template <DType T>
constexpr Program column_sum_chain() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"column_sum_chain">(Z(j) = sum(i, X(i, j)).order(chain)).program();
}
template <DType T>
constexpr Program total_sum() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto Z = tensor<"Z", T, 0>;
    return kernel<"total_sum">(Z() = sum(i, j, k, X(i, j, k))).program();
}
/// The elements' numbers are split by a constant extent of 2.
template <DType T>
constexpr Program pair_sums() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"pair_sums">(Z(i) = sum(k, q, X(q, k, i) * X(q, k, i))).program();
}
template <DType T>
constexpr Program bit_sums() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"bit_sums">(Z(i) = sum(j, (X(i, j) & cast<T>(1)) * cast<T>(3))).program();
}
template <DType T>
constexpr Program middle_product() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto Z = tensor<"Z", T, 2>;
    return kernel<"middle_product">(Z(i, k) = prod(j, X(i, j, k))).program();
}
template <DType T>
constexpr Program extremes() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"extremes">(Z(i) = max(j, X(i, j)) - min(j, X(i, j))).program();
}
template <DType T>
constexpr Program arg_extremes() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", i64, 1>;
    constexpr auto W = tensor<"W", i64, 1>;
    return kernel<"arg_extremes">(Z(i) = argmax(j, X(i, j)), W(j) = argmin(i, X(i, j))).program();
}
template <DType T>
constexpr Program arg_total() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", i64, 0>;
    return kernel<"arg_total">(Z() = argmin(i, j, X(i, j))).program();
}
template <DType T>
constexpr Program dot() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 0>;
    return kernel<"dot">(Z() = sum(i, X(i) * Y(i))).program();
}
template <DType T>
constexpr Program matrix_vector() {
    constexpr auto A = tensor<"A", T, 2>;
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"matrix_vector">(Z(i) = sum(k, A(i, k) * X(k))).program();
}

/// Rows of three outputs, as of pixels and quaternions, under two outer indices.
template <DType T>
constexpr Program short_rows() {
    constexpr auto c = index<"c", 3>;
    constexpr auto d = index<"d", 4>;
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto M = tensor<"M", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto Z = tensor<"Z", T, 3>;
    return kernel<"short_rows">(Z(i, j, c) = sum(d, X(i, j, d) * M(c, d) * Y(j, d))).program();
}

}  // namespace sporkle::testing::kernels
