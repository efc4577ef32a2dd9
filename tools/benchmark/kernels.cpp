// Hands the measured kernels to the kernel compiler.
#include "tools/benchmark/kernels.hpp"

using namespace sporkle::bench::kernels;

SPORKLE_EXPORT(gemm, gemv, affine_relu, gelu, logistic, exponential, hyperbolic_tangent, softmax)
SPORKLE_EXPORT(conv7_nchw, conv3_nchw, conv1_nchw, conv7_nhwc, conv3_nhwc, conv1_nhwc)
