// In S*i + p the extent of p is known.
// expect: sporkle: a subscript on the left is not of the form S*i + p
// expect: {"v"}
#include "names.hpp"

constexpr auto x = kernel<"upsample">(v(i * 2 + j) = A(i, j));
