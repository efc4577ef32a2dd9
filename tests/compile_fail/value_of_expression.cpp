// value() takes an index.
// expect: sporkle: value(…) takes a single index
#include "names.hpp"

constexpr auto x = kernel<"ramp">(tensor<"w", i64, 1>(i) = value(i + 1));
