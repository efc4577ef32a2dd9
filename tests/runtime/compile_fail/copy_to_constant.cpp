// expect: sporkle: copy_to writes its argument, but the elements are constant
#include "call.hpp"

void call() { ctx.on("cpu").array<float>({10}).copy_to(constant); }
