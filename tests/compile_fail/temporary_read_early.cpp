// A temporary is read after its assignment.
// expect: sporkle: a temporary is read before it is assigned
// expect: {"m"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(v(i) = m(i), m(i) = u(i));
