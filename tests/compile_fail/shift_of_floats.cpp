// Shifts take integers.
// expect: sporkle: an operation does not take operands of this dtype
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"mask">(v(i) = u(i) << 1);
