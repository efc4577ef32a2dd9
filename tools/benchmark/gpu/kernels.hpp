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

// What matrix units are for: f16 in memory, f32 in between, any order of the sum; the same in bf16; bytes,
// whose sums are exact, with b as it is and by columns.
inline constexpr auto A16 = tensor<"A16", f16, 2>;
inline constexpr auto B16 = tensor<"B16", f16, 2>;
inline constexpr auto C16 = tensor<"C16", f16, 2>;
inline constexpr auto gemm_f16 = kernel<"gemm_f16">(C16(i, j) = sum(k, A16(i, k) * B16(k, j))).numerics(fast);
inline constexpr auto Ab16 = tensor<"Ab16", bf16, 2>;
inline constexpr auto Bb16 = tensor<"Bb16", bf16, 2>;
inline constexpr auto gemm_bf16 =
    kernel<"gemm_bf16">(C(i, j) = sum(k, Ab16(i, k) * Bb16(k, j))).numerics(fast);
inline constexpr auto A8 = tensor<"A8", i8, 2>;
inline constexpr auto B8 = tensor<"B8", i8, 2>;
inline constexpr auto C32 = tensor<"C32", i32, 2>;
inline constexpr auto gemm_i8 =
    kernel<"gemm_i8">(C32(i, j) = sum(k, cast<i32>(A8(i, k)) * cast<i32>(B8(k, j)))).numerics(fast);
inline constexpr auto gemm_i8_by_columns =
    kernel<"gemm_i8_by_columns">(C32(i, j) = sum(k, cast<i32>(A8(i, k)) * cast<i32>(B8(j, k))))
        .numerics(fast);

}  // namespace sporkle::bench::kernels
