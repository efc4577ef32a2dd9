// The kernels that are measured on a GPU, beside those of the CPU's rows.
#pragma once

#include "tools/benchmark/kernels.hpp"

namespace sporkle::bench::kernels {

inline constexpr auto copy = kernel<"copy">(Z(i) = X(i));
inline constexpr auto add = kernel<"add">(Z(i) = X(i) + Y(i));
inline constexpr auto whole = tensor<"whole", f32, 0>;
inline constexpr auto total_of = kernel<"sum">(whole() = sum(i, X(i)));
inline constexpr auto increment = kernel<"increment">(Z(i) = X(i) + 1.0f);

inline constexpr auto mean = temporary<"mean", f32, 1>;
inline constexpr auto variance = temporary<"variance", f32, 1>;
inline constexpr auto size = scalar<"size", f32>;
inline constexpr auto gain = tensor<"gain", f32, 1>;
inline constexpr auto bias = tensor<"bias", f32, 1>;
inline constexpr auto centred = A(i, j) - mean(i);
inline constexpr auto layer_norm =
    kernel<"layer_norm">(mean(i) = sum(j, A(i, j)) / size, variance(i) = sum(j, centred* centred) / size,
                         C(i, j) = centred / sqrt(variance(i) + 1e-5f) * gain(j) + bias(j));

// What matrix units are for: f16 in memory, f32 in between, any order of the sum.
inline constexpr auto A16 = tensor<"A16", f16, 2>;
inline constexpr auto B16 = tensor<"B16", f16, 2>;
inline constexpr auto C16 = tensor<"C16", f16, 2>;
inline constexpr auto gemm_f16 = kernel<"gemm_f16">(C16(i, j) = sum(k, A16(i, k) * B16(k, j))).numerics(fast);

}  // namespace sporkle::bench::kernels
