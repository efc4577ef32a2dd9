// A reduction index is not on the left.
// expect: sporkle: a reduction index escapes
// expect: {"k"}
#include "names.hpp"

constexpr auto x = kernel<"product">(C(i, k) = sum(k, A(i, k)));
