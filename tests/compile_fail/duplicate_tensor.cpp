// One name, one tensor.
// expect: sporkle: duplicate name
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) = u(i) + tensor<"u", f32, 2>(i, i));
