// Every free index of the value is on the left.
// expect: sporkle: a free index of the right-hand side is missing on the left
// expect: {"j"}
// expect: {"rows"}
#include "names.hpp"

constexpr auto x = kernel<"rows">(v(i) = A(i, j));
