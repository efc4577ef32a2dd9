// expect: sporkle: wrong number of arguments for this kernel
#include "call.hpp"

void call() { static_cast<void>(ctx.run(scaling, 2.0f, in)); }
