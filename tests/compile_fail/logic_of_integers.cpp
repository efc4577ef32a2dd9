// && takes booleans.
// expect: sporkle: an operation does not take operands of this dtype
// expect: {"n"}
#include "names.hpp"

constexpr auto x = kernel<"both">(flags(i) = n(i) && n(i));
