// The body of a reduction comes last.
// expect: sporkle: a reduction names its indices first and its body last
#include "names.hpp"

constexpr auto x = kernel<"total">(s() = sum(u(i), i));
