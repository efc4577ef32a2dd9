// An integer literal must fit the dtype of the other operand.
// expect: sporkle: an integer literal is not exactly representable
// expect: u8
#include "names.hpp"

constexpr auto x = kernel<"add">(bytes(i) = tensor<"in", u8, 1>(i) + 300);
