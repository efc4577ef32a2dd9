// A value is stored in a tensor of its own dtype.
// expect: sporkle: mixed dtypes without cast
// expect: {"v"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(v(i) = n(i));
