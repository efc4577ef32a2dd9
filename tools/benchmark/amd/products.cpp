// Hands the kernel that shows the matrix units to the kernel compiler, for the chips that have one.
#include "tools/benchmark/gpu/kernels.hpp"

SPORKLE_EXPORT(sporkle::bench::kernels::gemm_f16)
