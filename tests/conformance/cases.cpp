#include "tests/conformance/cases.hpp"

#include "tests/conformance/kernels.hpp"

namespace sporkle::testing {
namespace {

// A Program made by the compiler and kept among the constants. Made by the function it would be code, of
// which clang writes thousands of stores for each.
#define MADE(...)                                       \
    [] {                                                \
        static constexpr Program program = __VA_ARGS__; \
        return program;                                 \
    }

#define CASE(kernel, type) \
    Case { #kernel "_" #type, MADE(kernels::kernel <DType::type>()) }
#define LARGE(kernel, type) \
    Case { #kernel "_" #type, MADE(kernels::kernel <DType::type>()), true }
#define ROWS(kernel, type) \
    Case { #kernel "_" #type, MADE(kernels::kernel <DType::type>()), true, false, true }
#define DEEP(kernel, type) \
    Case { #kernel "_" #type, MADE(kernels::kernel <DType::type>()), true, true }
#define EVERY_NUMBER(kernel)                                                                       \
    CASE(kernel, f64), CASE(kernel, f32), CASE(kernel, f16), CASE(kernel, bf16), CASE(kernel, i8), \
        CASE(kernel, u8), CASE(kernel, i16), CASE(kernel, i32), CASE(kernel, u32), CASE(kernel, i64)
#define CONVERT(from, to) \
    Case { "convert_" #from "_" #to, MADE(kernels::convert<DType::from, DType::to>()) }

}  // namespace

std::vector<Case> every_type() {
    return {EVERY_NUMBER(axpy),       EVERY_NUMBER(compare_select), EVERY_NUMBER(row_sum),
            EVERY_NUMBER(column_sum), EVERY_NUMBER(extremes),       EVERY_NUMBER(arg_extremes),
            EVERY_NUMBER(gemm),       EVERY_NUMBER(conv2d_zero),    EVERY_NUMBER(stencil),
            EVERY_NUMBER(two_layers)};
}

std::vector<Case> maps() {
    return {CASE(broadcast, f32),     CASE(broadcast, i16),     CASE(transpose, f32),
            CASE(transpose, u8),      CASE(transpose, boolean), CASE(diagonal, f64),
            CASE(divide, f32),        CASE(divide, f64),        CASE(divide, i8),
            CASE(divide, u32),        CASE(divide, i64),        CASE(divide_by_scalar, i64),
            CASE(integer_mix, i32),   CASE(integer_mix, u8),    CASE(integer_mix, i64),
            CASE(rounding, f32),      CASE(rounding, f64),      CASE(functions, f32),
            CASE(functions, f64),     CASE(functions, f16),     CASE(positions, f32),
            CASE(positions, i8),      CASE(chain_of_maps, f32), CASE(chain_of_maps, f16),
            CASE(chain_of_maps, bf16)};
}

std::vector<Case> conversions() {
    return {CONVERT(f64, f32),     CONVERT(f64, f16),    CONVERT(f64, bf16),    CONVERT(f32, f64),
            CONVERT(f32, f16),     CONVERT(f32, bf16),   CONVERT(f16, f32),     CONVERT(bf16, f64),
            CONVERT(f32, i8),      CONVERT(f32, u8),     CONVERT(f32, i32),     CONVERT(f32, u32),
            CONVERT(f64, i64),     CONVERT(f32, i64),    CONVERT(f32, boolean), CONVERT(i64, f32),
            CONVERT(u32, f32),     CONVERT(i32, f16),    CONVERT(i64, bf16),    CONVERT(i64, f16),
            CONVERT(i64, f64),     CONVERT(u32, bf16),   CONVERT(i64, i8),      CONVERT(u8, i64),
            CONVERT(boolean, f32), CONVERT(i32, boolean)};
}

std::vector<Case> reductions() {
    return {DEEP(row_sum, f32),
            DEEP(row_sum, f64),
            DEEP(column_sum, f32),
            CASE(column_sum_chain, f32),
            CASE(column_sum_chain, bf16),
            DEEP(total_sum, f32),
            CASE(total_sum, f64),
            CASE(total_sum, u32),
            CASE(pair_sums, f32),
            CASE(bit_sums, i64),
            DEEP(middle_product, f32),
            CASE(middle_product, i16),
            DEEP(extremes, f32),
            DEEP(arg_extremes, f32),
            CASE(arg_total, f32),
            CASE(arg_total, u8),
            DEEP(dot, f32),
            CASE(dot, f64),
            CASE(dot, bf16),
            DEEP(matrix_vector, f32),
            CASE(matrix_vector, i32),
            CASE(short_rows, f32),
            CASE(short_rows, u8)};
}

std::vector<Case> contractions() {
    return {LARGE(gemm, f32),
            LARGE(gemm, f64),
            LARGE(gemm_bias_relu, f32),
            CASE(gemm_bias_relu, f16),
            CASE(gemm_swish, f32),
            LARGE(gemm_transposed_a, f32),
            LARGE(gemm_transposed_b, f32),
            LARGE(gemm_transposed_c, f32),
            CASE(batched_gemm, f32),
            CASE(batched_gemm, f64),
            CASE(einsum, f32),
            CASE(gemm_of_expressions, f32),
            LARGE(two_layers, f32),
            CASE(two_layers, f16)};
}

std::vector<Case> windows() {
    return {CASE(far_pairs, f32),
            CASE(conv1d, f32),
            CASE(conv1d, f64),
            Case{"conv2d_clamp_f32", MADE(kernels::conv2d<DType::f32, Boundary::clamp>())},
            Case{"conv2d_wrap_f32", MADE(kernels::conv2d<DType::f32, Boundary::wrap>())},
            Case{"conv2d_reflect_f16", MADE(kernels::conv2d<DType::f16, Boundary::reflect>())},
            CASE(conv2d_strided, f32),
            CASE(conv2d_nhwc, f32),
            CASE(conv3d, f32),
            CASE(grouped_conv, f32),
            CASE(depthwise_conv, f32),
            CASE(max_pool, f32),
            CASE(max_pool, u8),
            CASE(stencil_of_rules, f32),
            CASE(stencil_of_rules, u8),
            CASE(transposed_conv, f32),
            CASE(conv_weight_gradient, f32)};
}

std::vector<Case> fusions() {
    return {ROWS(softmax, f32),        CASE(softmax, f64),        CASE(softmax, f16),
            CASE(layer_norm, f32),     CASE(layer_norm, bf16),    CASE(column_softmax, f32),
            ROWS(row_statistics, f32), CASE(known_rows, f32),     CASE(attention, f32),
            CASE(attention, bf16),     CASE(conv_relu_pool, f32), CASE(moments, f32),
            CASE(moments, f64),        CASE(separable_blur, f32), CASE(separable_blur, f16),
            CASE(blur_of_planes, f32)};
}

}  // namespace sporkle::testing
