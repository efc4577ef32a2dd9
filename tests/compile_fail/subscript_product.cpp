// Subscripts are affine.
// expect: sporkle: a subscript is not affine
// expect: {"i"}
// expect: {"j"}
#include "names.hpp"

constexpr auto x = kernel<"strided">(C(i, j) = u(i * j));
