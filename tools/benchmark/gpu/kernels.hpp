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

inline constexpr auto R = tensor<"R", f32, 1>;
inline constexpr auto row_sums = kernel<"row_sums">(R(i) = sum(j, A(i, j)));
inline constexpr auto log_sum_exp = kernel<"log_sum_exp">(
    largest(i) = max(j, A(i, j)), R(i) = log(sum(j, exp(A(i, j) - largest(i)))) + largest(i));

// Products of other shapes: with a factor by columns, a batch, vectors.
inline constexpr auto gemm_a_by_columns = kernel<"gemm_a_by_columns">(C(i, j) = sum(k, A(k, i) * B(k, j)));
inline constexpr auto gemm_b_by_columns = kernel<"gemm_b_by_columns">(C(i, j) = sum(k, A(i, k) * B(j, k)));
inline constexpr auto As = tensor<"As", f32, 3>;
inline constexpr auto Bs = tensor<"Bs", f32, 3>;
inline constexpr auto Cs = tensor<"Cs", f32, 3>;
inline constexpr auto batched_gemm = kernel<"batched_gemm">(Cs(n, i, j) = sum(k, As(n, i, k) * Bs(n, k, j)));
inline constexpr auto vector_matrix = kernel<"vector_matrix">(Y(j) = sum(k, X(k) * B(k, j)));

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
