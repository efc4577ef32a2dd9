#include "tests/dsl/export_kernels.hpp"

SPORKLE_EXPORT(sporkle::testing::one, sporkle::testing::two)
SPORKLE_EXPORT(sporkle::testing::three)
