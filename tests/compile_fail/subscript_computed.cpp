// Subscripts are no values.
// expect: sporkle: a subscript is not affine
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"gather">(v(i) = u(n(i)));
