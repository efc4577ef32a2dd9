// A reduction index means nothing outside of its reduction.
// expect: sporkle: a reduction index escapes
// expect: {"k"}
// expect: {"product"}
#include "names.hpp"

constexpr auto x = kernel<"product">(v(i) = sum(k, A(i, k)) * u(k));
