#include "tests/dsl/export_kernels.hpp"

namespace application {
SPORKLE_EXPORT(sporkle::testing::four);
}
