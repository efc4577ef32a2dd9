// expect: sporkle: this argument of the kernel is a scalar; pass a number, not a tensor
// expect: Named<'a'>
#include "call.hpp"

void call() { static_cast<void>(ctx.run(scaling, in, in, out)); }
