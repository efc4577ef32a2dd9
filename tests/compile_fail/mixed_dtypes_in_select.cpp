// Both values of select have one dtype.
// expect: sporkle: mixed dtypes without cast
// expect: {"n"}
#include "names.hpp"

constexpr auto x = kernel<"choose">(v(i) = select(flags(i), u(i), n(i)));
