// Coefficients have 32 bits.
// expect: sporkle: a coefficient or constant of a subscript does not fit 32 bits
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"far">(v(i) = u(i + 3000000000));
