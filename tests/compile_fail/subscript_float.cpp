// Subscripts have integer constants.
// expect: sporkle: a subscript is not affine
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"half">(v(i) = u(1.5f));
