// An index's number is written value(i).
// expect: sporkle: this operation on an index is not affine
// expect: value(i)
// expect: {"i"}
#include "names.hpp"

constexpr auto x = kernel<"ramp">(v(i) = u(i) < i);
