// A tensor alone is no target.
// expect: sporkle: a tensor stands without subscripts
// expect: {"s"}
#include "names.hpp"

constexpr auto x = kernel<"total">(s = sum(i, u(i)));
