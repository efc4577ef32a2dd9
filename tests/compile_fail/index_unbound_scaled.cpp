// Only a plain subscript gives an extent.
// expect: sporkle: unknown extent
// expect: {"k"}
#include "names.hpp"

constexpr auto x = kernel<"even">(s() = sum(k, u(k * 2)));
