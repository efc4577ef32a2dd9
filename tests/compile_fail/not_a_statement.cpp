// A kernel is made of assignments.
// expect: sporkle: a kernel consists of assignments
#include "names.hpp"

constexpr auto x = kernel<"equal">(v(i) == u(i));
