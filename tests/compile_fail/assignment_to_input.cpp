// What is read before it is assigned is an input.
// expect: sporkle: assignment to an input
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(v(i) = u(i), u(i) = 0.0f);
