// A tensor takes as many subscripts as its rank, on the left as well.
// expect: sporkle: wrong number of subscripts
// expect: {"v"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(v(i, j) = A(i, j));
