// On the left an index stands once.
// expect: sporkle: an index stands twice on the left
// expect: {"i"}
// expect: {"diagonal"}
#include "names.hpp"

constexpr auto x = kernel<"diagonal">(C(i, i) = u(i));
