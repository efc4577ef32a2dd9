// expect: sporkle: this argument is an output of the kernel, but its elements are constant
// expect: Named<'y'>
#include "call.hpp"

void call() { static_cast<void>(ctx.run(scaling, 2.0f, in, constant)); }
