// Tensors and scalars share their names.
// expect: sporkle: duplicate name
// expect: {"alpha"}
#include "names.hpp"

constexpr auto x = kernel<"scale">(v(i) = alpha * tensor<"alpha", f32, 1>(i));
