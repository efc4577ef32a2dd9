// A subscript on the left is an index.
// expect: sporkle: a subscript on the left is neither an index nor
// expect: {"v"}
#include "names.hpp"

constexpr auto x = kernel<"shift">(v(i + 1) = u(i));
