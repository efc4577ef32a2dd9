// A double literal is f64 and does not narrow.
// expect: sporkle: mixed dtypes without cast
// expect: write 0.1f
// expect: {"u"}
#include "names.hpp"

constexpr auto x = kernel<"scale">(v(i) = u(i) * 0.1);
