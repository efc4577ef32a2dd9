// expect: sporkle: this argument of the kernel is a tensor; pass an Array, a View, a contiguous range
// expect: Named<'x'>
#include "call.hpp"

void call() { static_cast<void>(ctx.run(scaling, 2.0f, 1.0f, out)); }
