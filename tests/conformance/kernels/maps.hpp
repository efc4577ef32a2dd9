// Elementwise kernels: broadcasting, functions, conversions.
#pragma once

#include "tests/conformance/kernels/names.hpp"

namespace sporkle::testing::kernels {

template <DType T>
constexpr Program axpy() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    constexpr auto a = scalar<"a", T>;
    return kernel<"axpy">(Z(i) = a * X(i) + Y(i)).program();
}
template <DType T>
constexpr Program broadcast() {
    constexpr auto X = tensor<"X", T, 3>;
    constexpr auto row = tensor<"row", T, 1>;
    constexpr auto column = tensor<"column", T, 2>;
    constexpr auto Z = tensor<"Z", T, 3>;
    return kernel<"broadcast">(Z(i, j, k) = max(X(i, j, k) * row(k), column(i, j)) - X(i, j, k)).program();
}
template <DType T>
constexpr Program transpose() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 2>;
    return kernel<"transpose">(Z(j, i) = X(i, j)).program();
}
template <DType T>
constexpr Program diagonal() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"diagonal">(Z(i) = X(i, i)).program();
}
template <DType T>
constexpr Program divide() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"divide">(Z(i) = X(i) / Y(i)).program();
}
/// The same is done with quotients and remainders by one number.
template <DType T>
constexpr Program divide_by_scalar() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    constexpr auto R = tensor<"R", T, 1>;
    constexpr auto a = scalar<"a", T>;
    return kernel<"divide_by_scalar">(Z(i) = X(i) / a + cast<T>(3), R(i) = X(i) % a - cast<T>(7)).program();
}
template <DType T>
constexpr Program compare_select() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    constexpr auto B = tensor<"B", boolean, 1>;
    return kernel<"compare_select">(B(i) = X(i) < Y(i) || X(i) == Y(i), Z(i) = select(B(i), X(i), Y(i)))
        .program();
}
template <DType From, DType To>
constexpr Program convert() {
    constexpr auto X = tensor<"X", From, 1>;
    constexpr auto Z = tensor<"Z", To, 1>;
    return kernel<"convert">(Z(i) = cast<To>(X(i))).program();
}
template <DType T>
constexpr Program integer_mix() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Y = tensor<"Y", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"integer_mix">(Z(i) =
                                     ((X(i) << Y(i)) ^ (X(i) >> Y(i))) + X(i) % Y(i) * ~Y(i) - (X(i) & Y(i)))
        .program();
}
template <DType T>
constexpr Program rounding() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto Z = tensor<"Z", T, 1>;
    return kernel<"rounding">(Z(i) =
                                  floor(X(i)) + ceil(X(i)) * trunc(X(i)) - round_even(X(i)) + sqrt(abs(X(i))))
        .program();
}
template <DType T>
constexpr Program functions() {
    constexpr auto X = tensor<"X", T, 1>;
    constexpr auto E = tensor<"E", T, 1>;
    constexpr auto L = tensor<"L", T, 1>;
    constexpr auto H = tensor<"H", T, 1>;
    constexpr auto S = tensor<"S", T, 1>;
    constexpr auto R = tensor<"R", T, 1>;
    return kernel<"functions">(E(i) = exp(X(i)), L(i) = log(X(i)), H(i) = tanh(X(i)), S(i) = sigmoid(X(i)),
                               R(i) = rsqrt(X(i)))
        .program();
}
template <DType T>
constexpr Program positions() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Z = tensor<"Z", T, 2>;
    return kernel<"positions">(Z(i, j) =
                                   select(value(j) <= value(i), X(i, j), cast<T>(value(i) * 3 - value(j))))
        .program();
}
/// Fused elementwise statements with a temporary of a storage type that rounds in between.
template <DType T>
constexpr Program chain_of_maps() {
    constexpr auto X = tensor<"X", T, 2>;
    constexpr auto Y = tensor<"Y", T, 2>;
    constexpr auto Z = tensor<"Z", T, 2>;
    constexpr auto m = temporary<"m", T, 2>;
    constexpr auto u = temporary<"u", T, 2>;
    return kernel<"chain_of_maps">(m(i, j) = X(i, j) * Y(i, j), u(i, j) = m(i, j) + X(i, j),
                                   Z(i, j) = u(i, j) * m(i, j))
        .program();
}

}  // namespace sporkle::testing::kernels
