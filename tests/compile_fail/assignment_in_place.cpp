// A kernel does not update a tensor: input and output are two arguments.
// expect: sporkle: assignment to an input
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"increment">(u(i) = u(i) + 1.0f);
