#include "tests/runtime/kernels.hpp"

using namespace sporkle::test;
SPORKLE_EXPORT(saxpy, smooth, flip, product, total, split, scale_bytes, widen)
