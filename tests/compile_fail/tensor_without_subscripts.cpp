// A tensor alone is no value.
// expect: sporkle: a tensor stands without subscripts
// expect: {"s"}
#include "names.hpp"

constexpr auto x = kernel<"scale">(v(i) = u(i) * s);
