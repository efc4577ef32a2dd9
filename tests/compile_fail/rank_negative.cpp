// A rank is not negative.
// expect: sporkle: the rank of a tensor must be from 0 to 8
// expect: {"T"}
#include "names.hpp"

constexpr auto x = temporary<"T", f32, -1>;
