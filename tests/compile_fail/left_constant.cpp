// A subscript on the left is an index.
// expect: sporkle: a subscript on the left is neither an index nor
// expect: {"v"}
#include "names.hpp"

constexpr auto x = kernel<"first">(v(0) = sum(i, u(i)));
