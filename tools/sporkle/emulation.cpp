#include "tools/sporkle/emulation.hpp"

#include "runtime/device.hpp"
#include "targets/amdgpu/emulator/device.hpp"

namespace sporkle::command {

void add_emulated_devices() { runtime::add_run_target(amdgpu::emulator::make_emulated_run_target()); }

}  // namespace sporkle::command
