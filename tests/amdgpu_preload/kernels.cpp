#include "tests/amdgpu_preload/kernels.hpp"

using namespace sporkle::test;
SPORKLE_EXPORT(saxpy, product, blurred, softmax)
