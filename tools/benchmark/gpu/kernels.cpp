// Hands the measured kernels to the kernel compiler.
#include "tools/benchmark/gpu/kernels.hpp"

using namespace sporkle::bench::kernels;

SPORKLE_EXPORT(gemm, gemm_f16, gemm_bf16, gemm_i8, gemm_i8_by_columns)
SPORKLE_EXPORT(gemm_a_by_columns, gemm_b_by_columns, batched_gemm, gemv, vector_matrix)
SPORKLE_EXPORT(affine_relu, softmax, layer_norm, copy, add, total_of, increment)
SPORKLE_EXPORT(row_sums, log_sum_exp)
SPORKLE_EXPORT(conv7_nchw, conv3_nchw, conv1_nchw, conv7_nhwc, conv3_nhwc, conv1_nhwc)
