// A name can be printed.
// expect: sporkle: a name holds a control character
#include "names.hpp"

constexpr auto x = scalar<"al\npha", f32>;
