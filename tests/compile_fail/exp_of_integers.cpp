// exp takes floating values.
// expect: sporkle: an operation does not take operands of this dtype
// expect: {"n"}
#include "names.hpp"

constexpr auto x = kernel<"grow">(v(i) = exp(n(i)));
