// A user's file of kernels, whose compile time is measured: a dense layer, a convolution, softmax, layer
// normalisation and an optimiser's step.
#include <sporkle/dsl.hpp>

using namespace sporkle::dsl;

inline constexpr auto i = index<"i">;
inline constexpr auto j = index<"j">;
inline constexpr auto k = index<"k">;
inline constexpr auto A = tensor<"A", f32, 2>;
inline constexpr auto B = tensor<"B", f32, 2>;
inline constexpr auto C = tensor<"C", f32, 2>;
inline constexpr auto bias = tensor<"bias", f32, 1>;

inline constexpr auto dense = kernel<"dense">(C(i, j) = max(sum(k, A(i, k) * B(k, j)) + bias(j), 0.0f));

inline constexpr auto n = index<"n">;
inline constexpr auto ci = index<"ci">;
inline constexpr auto co = index<"co">;
inline constexpr auto y = index<"y">;
inline constexpr auto x = index<"x">;
inline constexpr auto r = index<"r", 3>;
inline constexpr auto s = index<"s", 3>;
inline constexpr auto I = tensor<"I", f32, 4>.boundary(zero);
inline constexpr auto K = tensor<"K", f32, 4>;
inline constexpr auto O = tensor<"O", f32, 4>;

inline constexpr auto conv = kernel<"conv">(
    O(n, co, y, x) = max(sum(ci, r, s, I(n, ci, y + r - 1, x + s - 1) * K(co, ci, r, s)) + bias(co), 0.0f));

inline constexpr auto largest = temporary<"largest", f32, 1>;
inline constexpr auto total = temporary<"total", f32, 1>;
inline constexpr auto power = temporary<"power", f32, 2>;

inline constexpr auto softmax =
    kernel<"softmax">(largest(i) = max(j, A(i, j)), power(i, j) = exp(A(i, j) - largest(i)),
                      total(i) = sum(j, power(i, j)), C(i, j) = power(i, j) / total(i));

inline constexpr auto mean = temporary<"mean", f32, 1>;
inline constexpr auto variance = temporary<"variance", f32, 1>;
inline constexpr auto gain = tensor<"gain", f32, 1>;
inline constexpr auto size = scalar<"size", f32>;
inline constexpr auto centred = A(i, j) - mean(i);

inline constexpr auto layer_norm =
    kernel<"layer_norm">(mean(i) = sum(j, A(i, j)) / size, variance(i) = sum(j, centred* centred) / size,
                         C(i, j) = centred / sqrt(variance(i) + 1e-5f) * gain(j) + bias(j));

inline constexpr auto parameter = tensor<"parameter", f32, 1>;
inline constexpr auto gradient = tensor<"gradient", f32, 1>;
inline constexpr auto momentum = tensor<"momentum", f32, 1>;
inline constexpr auto new_parameter = tensor<"new_parameter", f32, 1>;
inline constexpr auto new_momentum = tensor<"new_momentum", f32, 1>;
inline constexpr auto rate = scalar<"rate", f32>;

inline constexpr auto step = kernel<"step">(new_momentum(i) = 0.9f * momentum(i) + gradient(i),
                                            new_parameter(i) = parameter(i) - rate * new_momentum(i));

SPORKLE_EXPORT(dense, conv, softmax, layer_norm, step)
