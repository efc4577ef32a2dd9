// Hands the convolutions in f16 to the kernel compiler.
#include "tools/benchmark/gpu/half_kernels.hpp"

using namespace sporkle::bench::kernels;

SPORKLE_EXPORT(conv7_nchw_f16, conv3_nchw_f16, conv1_nchw_f16, conv7_nhwc_f16, conv3_nhwc_f16, conv1_nhwc_f16)
