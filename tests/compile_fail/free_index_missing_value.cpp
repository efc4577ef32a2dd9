// An index's value is free, too.
// expect: sporkle: a free index of the right-hand side is missing on the left
// expect: {"j"}
#include "names.hpp"

constexpr auto x = kernel<"rows">(v(i) = u(i) + cast<f32>(value(j)));
