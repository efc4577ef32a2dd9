// A kernel does something.
// expect: sporkle: a kernel has no statement
// expect: {"nothing"}
#include "names.hpp"

constexpr auto x = kernel<"nothing">();
