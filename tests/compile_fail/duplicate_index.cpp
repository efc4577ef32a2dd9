// An index with an extent and one without are two.
// expect: sporkle: duplicate name
// expect: {"r"}
#include "names.hpp"

constexpr auto x = kernel<"add">(C(r, index<"r">) = u(r));
