// A temporary is no argument.
// expect: sporkle: duplicate name
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"add">(temporary<"u", f32, 1>(i) = A(i, 0), v(i) = u(i));
