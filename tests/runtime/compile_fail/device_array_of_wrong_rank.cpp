// expect: sporkle: this argument does not have the rank of the kernel's tensor
// expect: Named<'x'>
#include "call.hpp"

void call() { ctx.run(scaling, 2.0f, ctx.on("cpu").array<float>({2, 5}), out); }
