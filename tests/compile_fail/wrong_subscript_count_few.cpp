// A tensor takes as many subscripts as its rank.
// expect: sporkle: wrong number of subscripts
// expect: {"A"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(C(i, j) = A(i));
