// There is no +=.
// expect: sporkle: a tensor is assigned once, with =
// expect: {"v"}
#include "names.hpp"

constexpr auto x = kernel<"add">(v(i) += u(i));
