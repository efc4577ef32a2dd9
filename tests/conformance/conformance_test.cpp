// Kernels of every class × element type, each with all schedules on every level that this CPU has, against
// the reference, bit for bit, on edge shapes, strides and values.
#include <gtest/gtest.h>

#include <functional>

#include <sporkle/reference.hpp>

#include "tests/conformance/check.hpp"
#include "tests/conformance/kernels.hpp"

namespace sporkle::testing {
namespace {

struct Case {
    std::string name;
    std::function<Program()> make;
    bool large = false;  ///< also on extents about the sizes of tiles, panels and blocks
    bool deep = false;   ///< also on reductions over several blocks of Order::lanes
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

#define CASE(kernel, type)                                               \
    Case {                                                               \
#kernel "_" #type, [] { return kernels::kernel<DType::type>(); } \
    }
#define LARGE(kernel, type)                                                    \
    Case {                                                                     \
#kernel "_" #type, [] { return kernels::kernel<DType::type>(); }, true \
    }
#define DEEP(kernel, type)                                                           \
    Case {                                                                           \
#kernel "_" #type, [] { return kernels::kernel<DType::type>(); }, true, true \
    }
#define EVERY_NUMBER(kernel)                                                                       \
    CASE(kernel, f64), CASE(kernel, f32), CASE(kernel, f16), CASE(kernel, bf16), CASE(kernel, i8), \
        CASE(kernel, u8), CASE(kernel, i16), CASE(kernel, i32), CASE(kernel, u32), CASE(kernel, i64)
#define CONVERT(from, to)                                                                   \
    Case {                                                                                  \
        "convert_" #from "_" #to, [] { return kernels::convert<DType::from, DType::to>(); } \
    }

class Conformance : public ::testing::TestWithParam<Case> {};

TEST_P(Conformance, EveryVariantGivesTheReferencesBits) {
    const Program program = GetParam().make();
    ASSERT_FALSE(host_targets().empty()) << "no target's code runs on this CPU";
    std::vector<CompiledKernel> compiled;
    for (const codegen::EmitTarget* target : host_targets())
        for (const std::string& architecture : runnable_architectures(*target))
            compiled.emplace_back(program, *target, architecture);

    const std::uint64_t seed = 20261120;
    const auto check = [&](std::uint64_t call, const CallOptions& options, bool interpret) {
        const Call before = random_call(program, seed + call, options);
        Call expected = before;
        const auto arguments = expected.arguments();
        reference(program, arguments);
        for (const CompiledKernel& kernel : compiled)
            ASSERT_EQ(kernel.check(before, expected, interpret), "") << "call seed " << seed + call;
        if (!options.dense) return;
        for (const CompiledKernel& kernel : compiled)
            ASSERT_EQ(kernel.check_guarded(before, expected), "") << "call seed " << seed + call;
    };
    CallOptions small;
    small.most_steps = 3000;
    for (std::uint64_t call = 0; call < 6; ++call) check(call, small, true);
    CallOptions medium;
    medium.most_steps = 100'000;
    for (std::uint64_t call = 100; call < 106; ++call) {
        medium.dense = call % 2 == 0;
        medium.finite = call % 4 < 2;
        check(call, medium, false);
    }
    // Extents by index number, in the order of the indices' first appearance.
    std::vector<std::vector<std::int64_t>> shapes;
    if (GetParam().large)  // one less and one more than tiles (8, 14, 16, 32, 48, 64) and blocks (256, 512)
        shapes = {{7, 47, 257}, {15, 49, 255}, {29, 33, 64}, {65, 31, 63}, {1, 65, 300}, {513, 17, 5}};
    if (GetParam().deep)  // blocks of 4096: less than one, several, a power of two of them and one more
        for (const std::int64_t extent : {4095, 4097, 8192, 12289, 16384, 20481, 28673})
            shapes.insert(shapes.end(), {{extent, 2, 1}, {2, extent, 1}, {1, 2, extent}});
    CallOptions edges;
    edges.dense = edges.finite = true;
    edges.most_steps = 40'000'000;
    for (std::size_t n = 0; n < shapes.size(); ++n) {
        edges.index_extents = shapes[n];
        check(1000 + n, edges, false);
    }
    for (const CompiledKernel& kernel : compiled) EXPECT_GT(kernel.checked(), 0);
}

std::string name_of_case(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

// One kernel of every class in every type that has arithmetic.
INSTANTIATE_TEST_SUITE_P(EveryType, Conformance,
                         ::testing::Values(EVERY_NUMBER(axpy), EVERY_NUMBER(compare_select),
                                           EVERY_NUMBER(row_sum), EVERY_NUMBER(column_sum),
                                           EVERY_NUMBER(extremes), EVERY_NUMBER(arg_extremes),
                                           EVERY_NUMBER(gemm), EVERY_NUMBER(conv2d_zero),
                                           EVERY_NUMBER(stencil), EVERY_NUMBER(two_layers)),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(Maps, Conformance,
                         ::testing::Values(

                             CASE(broadcast, f32), CASE(broadcast, i16), CASE(transpose, f32),
                             CASE(transpose, u8), CASE(transpose, boolean), CASE(diagonal, f64),
                             CASE(divide, f32), CASE(divide, f64), CASE(divide, i8), CASE(divide, u32),
                             CASE(divide, i64), CASE(integer_mix, i32), CASE(integer_mix, u8),
                             CASE(integer_mix, i64), CASE(rounding, f32), CASE(rounding, f64),
                             CASE(functions, f32), CASE(functions, f64), CASE(functions, f16),
                             CASE(positions, f32), CASE(positions, i8), CASE(chain_of_maps, f32),
                             CASE(chain_of_maps, f16), CASE(chain_of_maps, bf16)),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(Conversions, Conformance,
                         ::testing::Values(CONVERT(f64, f32), CONVERT(f64, f16), CONVERT(f64, bf16),
                                           CONVERT(f32, f64), CONVERT(f32, f16), CONVERT(f32, bf16),
                                           CONVERT(f16, f32), CONVERT(bf16, f64), CONVERT(f32, i8),
                                           CONVERT(f32, u8), CONVERT(f32, i32), CONVERT(f32, u32),
                                           CONVERT(f64, i64), CONVERT(f32, i64), CONVERT(f32, boolean),
                                           CONVERT(i64, f32), CONVERT(u32, f32), CONVERT(i32, f16),
                                           CONVERT(i64, bf16), CONVERT(i64, f16), CONVERT(i64, f64),
                                           CONVERT(u32, bf16), CONVERT(i64, i8), CONVERT(u8, i64),
                                           CONVERT(boolean, f32), CONVERT(i32, boolean)),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Reductions, Conformance,
    ::testing::Values(DEEP(row_sum, f32), DEEP(row_sum, f64),

                      DEEP(column_sum, f32), CASE(column_sum_chain, f32), CASE(column_sum_chain, bf16),
                      DEEP(total_sum, f32), CASE(total_sum, f64), CASE(total_sum, u32),
                      DEEP(middle_product, f32), CASE(middle_product, i16), DEEP(extremes, f32),

                      DEEP(arg_extremes, f32),

                      CASE(arg_total, f32), CASE(arg_total, u8), DEEP(dot, f32), CASE(dot, f64),
                      CASE(dot, bf16), DEEP(matrix_vector, f32), CASE(matrix_vector, i32)),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(Contractions, Conformance,
                         ::testing::Values(LARGE(gemm, f32), LARGE(gemm, f64),

                                           LARGE(gemm_bias_relu, f32), CASE(gemm_bias_relu, f16),
                                           LARGE(gemm_transposed_a, f32), LARGE(gemm_transposed_b, f32),
                                           LARGE(gemm_transposed_c, f32), CASE(batched_gemm, f32),
                                           CASE(batched_gemm, f64), CASE(einsum, f32),
                                           CASE(gemm_of_expressions, f32), LARGE(two_layers, f32),
                                           CASE(two_layers, f16)),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Windows, Conformance,
    ::testing::Values(CASE(conv1d, f32), CASE(conv1d, f64),

                      Case{"conv2d_clamp_f32", [] { return kernels::conv2d<DType::f32, Boundary::clamp>(); }},
                      Case{"conv2d_wrap_f32", [] { return kernels::conv2d<DType::f32, Boundary::wrap>(); }},
                      Case{"conv2d_reflect_f16",
                           [] { return kernels::conv2d<DType::f16, Boundary::reflect>(); }},

                      CASE(conv2d_strided, f32), CASE(conv2d_nhwc, f32), CASE(conv3d, f32),
                      CASE(grouped_conv, f32), CASE(depthwise_conv, f32), CASE(max_pool, f32),
                      CASE(max_pool, u8),

                      CASE(transposed_conv, f32), CASE(conv_weight_gradient, f32)),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(Fusions, Conformance,
                         ::testing::Values(LARGE(softmax, f32), CASE(softmax, f64), CASE(softmax, f16),
                                           CASE(layer_norm, f32), CASE(layer_norm, bf16),
                                           CASE(column_softmax, f32), CASE(attention, f32),
                                           CASE(attention, bf16), CASE(conv_relu_pool, f32),
                                           CASE(moments, f32), CASE(moments, f64), CASE(separable_blur, f32),
                                           CASE(separable_blur, f16), CASE(blur_of_planes, f32)),
                         name_of_case);

}  // namespace
}  // namespace sporkle::testing
