// An index's number is written value(i).
// expect: sporkle: this operation on an index is not affine
// expect: value(i)
#include "names.hpp"

constexpr auto x = kernel<"total">(tensor<"w", i64, 0>() = max(r, r));
