// expect: sporkle: this argument is an output of the kernel, but its elements are constant
// expect: Named<'y'>
#include "call.hpp"

void call() {
    static_cast<void>(
        ctx.on("cpu").prepare(scaling, 2.0f, in, sporkle::view(out).slice(0, 0, 1).broadcast(0, 10)));
}
