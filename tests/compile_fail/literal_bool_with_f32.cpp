// A bool literal is boolean.
// expect: sporkle: mixed dtypes without cast
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) = u(i) + true);
