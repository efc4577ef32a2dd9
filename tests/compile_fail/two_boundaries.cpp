// A tensor has one boundary rule.
// expect: sporkle: a tensor has two boundary rules
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) = u.boundary(clamp)(i + 1) + u.boundary(zero)(i - 1));
