// Not even to itself.
// expect: sporkle: assignment to an input
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"nothing">(u(i) = u(i));
