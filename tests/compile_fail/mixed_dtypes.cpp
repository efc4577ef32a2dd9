// Operands of one operation have one dtype.
// expect: sporkle: mixed dtypes without cast
// expect: {"u"}
// expect: {"n"}
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) = u(i) + n(i));
