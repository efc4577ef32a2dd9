// expect: sporkle: this argument is an output of the kernel, but its elements are constant
// expect: Named<'y'>
#include "call.hpp"

void call(const sporkle::DeviceArray<float, 1>& weights) { ctx.run(scaling, 2.0f, in, weights); }
