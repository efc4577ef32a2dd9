// The condition of select is boolean.
// expect: sporkle: the condition of select must be boolean
// expect: {"n"}
#include "names.hpp"

constexpr auto x = kernel<"choose">(v(i) = select(n(i), u(i), 0.0f));
