// A tensor is assigned once.
// expect: sporkle: a tensor is assigned twice
// expect: {"v"}
// expect: {"twice"}
#include "names.hpp"

constexpr auto x = kernel<"twice">(v(i) = u(i), v(i) = 0.0f);
