// Builds without the compiler, or without the kernel's headers, emulate nothing.
#include "tools/sporkle/emulation.hpp"

namespace sporkle::command {

void add_emulated_devices() {}

}  // namespace sporkle::command
