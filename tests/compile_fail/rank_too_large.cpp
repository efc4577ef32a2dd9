// A rank is 8 at most.
// expect: sporkle: the rank of a tensor must be from 0 to 8
// expect: {"T"}
#include "names.hpp"

constexpr auto x = tensor<"T", f32, 9>;
