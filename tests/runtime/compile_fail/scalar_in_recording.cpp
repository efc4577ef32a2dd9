// expect: sporkle: a scalar argument must have exactly the kernel's type
// expect: Named<'a'>
#include "call.hpp"

void call() {
    static_cast<void>(ctx.on("cpu").record([](sporkle::Recorder& r) { r.run(scaling, 2.0, in, out); }));
}
