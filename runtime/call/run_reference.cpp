#include "runtime/call/run_reference.hpp"

#include <cfenv>

#include <sporkle/reference.hpp>

namespace sporkle::runtime {

void run_reference(const Call& call) {
    // The default environment also keeps subnormals, which the C standard does not say but every libc does.
    struct DefaultEnvironment {
        DefaultEnvironment() {
            std::fegetenv(&before);
            std::fesetenv(FE_DFL_ENV);
        }
        ~DefaultEnvironment() { std::fesetenv(&before); }
        std::fenv_t before;
    } const standard;
    reference(call.program(), call.arguments());
}

}  // namespace sporkle::runtime
