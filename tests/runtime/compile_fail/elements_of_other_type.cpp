// expect: sporkle: the elements of this argument do not have the kernel's type
// expect: Named<'x'>
#include "call.hpp"

void call() { static_cast<void>(ctx.run(scaling, 2.0f, std::vector<double>(10), out)); }
