// A float literal is f32 and does not meet integers.
// expect: sporkle: mixed dtypes without cast
// expect: {"n"}
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) = n(i) + 1.0f);
