// Booleans have no sum.
// expect: sporkle: an operation does not take operands of this dtype
// expect: {"flags"}
#include "names.hpp"

constexpr auto x = kernel<"count">(s() = sum(i, flags(i)));
