// 2^24 + 1 is no f32.
// expect: sporkle: an integer literal is not exactly representable
// expect: f32
#include "names.hpp"

constexpr auto x = kernel<"scale">(v(i) = u(i) * 16777217);
