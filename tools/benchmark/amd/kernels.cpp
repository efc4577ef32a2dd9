// Hands the kernels that run on emulated GPUs to the kernel compiler.
#include "tools/benchmark/gpu/kernels.hpp"

using namespace sporkle::bench::kernels;

SPORKLE_EXPORT(copy, add, affine_relu, exponential, gemm)
