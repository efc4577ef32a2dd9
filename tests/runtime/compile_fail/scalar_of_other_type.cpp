// expect: sporkle: a scalar argument must have exactly the kernel's type
// expect: 's', 'c', 'a', 'l', 'i', 'n', 'g'
// expect: Named<'a'>
#include "call.hpp"

void call() { static_cast<void>(ctx.run(scaling, 2.0, in, out)); }
