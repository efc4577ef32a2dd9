// A temporary gets its extents from its indices.
// expect: sporkle: unknown extent
// expect: {"j"}
#include "names.hpp"

constexpr auto x = kernel<"lost">(m(j) = 1.0f, s() = sum(j, m(j)));
