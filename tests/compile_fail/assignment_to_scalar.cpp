// Scalars are inputs.
// expect: sporkle: assignment to an input
// expect: {"alpha"}
#include "names.hpp"

constexpr auto x = kernel<"set">(alpha = sum(i, u(i)));
