// An index has one extent.
// expect: sporkle: an index is bound to two compile-time extents
// expect: {"r"}
// expect: {"window"}
#include "names.hpp"

constexpr auto x = kernel<"window">(v(i) = sum(r, u(i + r)) + sum(index<"r", 5>, u(i + index<"r", 5>)));
