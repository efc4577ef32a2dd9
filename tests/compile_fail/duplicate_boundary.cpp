// A tensor has one boundary rule.
// expect: sporkle: duplicate name
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) = u(i) + u.boundary(zero)(i - 1));
