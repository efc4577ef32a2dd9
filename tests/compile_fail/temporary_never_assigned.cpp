// A temporary that is read comes from somewhere.
// expect: sporkle: unknown name
// expect: {"m"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(v(i) = m(i));
