// A compile-time extent is at most 2^40.
// expect: sporkle: the compile-time extent of an index is beyond 2^40
// expect: {"q"}
#include "names.hpp"

constexpr auto x = index<"q", (std::int64_t{1} << 40) + 1>;
