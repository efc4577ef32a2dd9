// One name, one scalar.
// expect: sporkle: duplicate name
// expect: {"alpha"}
#include "names.hpp"

constexpr auto x = kernel<"scale">(v(i) = alpha * cast<f32>(scalar<"alpha", f64>) * u(i));
