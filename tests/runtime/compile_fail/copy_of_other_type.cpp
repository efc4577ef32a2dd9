// expect: sporkle: the elements of this tensor do not have the type of the device array's elements
#include "call.hpp"

void call() { ctx.on("cpu").array<float>({10}).copy_from(std::vector<double>(10)); }
