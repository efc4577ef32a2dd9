// A reduction does not reuse the index of one around it.
// expect: sporkle: an index is reduced twice
// expect: {"k"}
#include "names.hpp"

constexpr auto x = kernel<"twice">(v(i) = sum(k, A(i, k) * sum(k, A(i, k))));
