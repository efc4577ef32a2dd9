// Subscripts have integer coefficients.
// expect: sporkle: this operation on an index is not affine
// expect: {"i"}
#include "names.hpp"

constexpr auto x = kernel<"half">(v(i) = u(i * 0.5f));
