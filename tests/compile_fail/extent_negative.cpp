// A compile-time extent is positive.
// expect: sporkle: the compile-time extent of an index must be positive
// expect: {"q"}
#include "names.hpp"

constexpr auto x = index<"q", -3>;
