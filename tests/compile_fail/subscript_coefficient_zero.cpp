// An index that a subscript mentions takes part in it.
// expect: sporkle: an index has the coefficient 0
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"nothing">(v(i) = u(i - i));
