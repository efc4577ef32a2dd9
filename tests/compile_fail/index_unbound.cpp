// Something gives an index its extent.
// expect: sporkle: unknown extent
// expect: {"k"}
// expect: {"ones"}
#include "names.hpp"

constexpr auto x = kernel<"ones">(v(i) = u(i) * sum(k, 1.0f));
