// Messages name indices and tensors, so their names differ.
// expect: sporkle: duplicate name
// expect: {"i"}
#include "names.hpp"

constexpr auto x = kernel<"copy">(v(i) = tensor<"i", f32, 1>(i));
