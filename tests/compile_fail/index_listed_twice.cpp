// A reduction names each index once.
// expect: sporkle: an index is reduced twice
// expect: {"k"}
#include "names.hpp"

constexpr auto x = kernel<"twice">(v(i) = sum(k, k, A(i, k)));
