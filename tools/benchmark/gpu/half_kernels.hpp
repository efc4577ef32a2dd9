// Convolutions in f16 that are measured on a GPU's matrix units.
#pragma once

#include "tools/benchmark/kernels.hpp"

namespace sporkle::bench::kernels {

inline constexpr auto images16 = tensor<"images16", f16, 4>.boundary(zero);
inline constexpr auto weights16 = tensor<"weights16", f16, 4>;
inline constexpr auto result16 = tensor<"result16", f16, 4>;

inline constexpr auto conv7_nchw_f16 =
    kernel<"conv7_nchw_f16">(
        result16(n, co, y, x) =
            sum(ci, r7, s7, images16(n, ci, y * 2 + r7 - 3, x * 2 + s7 - 3) * weights16(co, ci, r7, s7)))
        .numerics(fast);
inline constexpr auto conv3_nchw_f16 =
    kernel<"conv3_nchw_f16">(
        result16(n, co, y, x) =
            sum(ci, r3, s3, images16(n, ci, y + r3 - 1, x + s3 - 1) * weights16(co, ci, r3, s3)))
        .numerics(fast);
inline constexpr auto conv1_nchw_f16 =
    kernel<"conv1_nchw_f16">(result16(n, co, y, x) =
                                 sum(ci, r1, s1, images16(n, ci, y + r1, x + s1) * weights16(co, ci, r1, s1)))
        .numerics(fast);
inline constexpr auto conv7_nhwc_f16 =
    kernel<"conv7_nhwc_f16">(
        result16(n, y, x, co) =
            sum(r7, s7, ci, images16(n, y * 2 + r7 - 3, x * 2 + s7 - 3, ci) * weights16(r7, s7, ci, co)))
        .numerics(fast);
inline constexpr auto conv3_nhwc_f16 =
    kernel<"conv3_nhwc_f16">(
        result16(n, y, x, co) =
            sum(r3, s3, ci, images16(n, y + r3 - 1, x + s3 - 1, ci) * weights16(r3, s3, ci, co)))
        .numerics(fast);
inline constexpr auto conv1_nhwc_f16 =
    kernel<"conv1_nhwc_f16">(result16(n, y, x, co) =
                                 sum(r1, s1, ci, images16(n, y + r1, x + s1, ci) * weights16(r1, s1, ci, co)))
        .numerics(fast);

}  // namespace sporkle::bench::kernels
