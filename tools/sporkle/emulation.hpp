// Devices that are emulated, beside those of the machine.
#pragma once

namespace sporkle::command {

/// "amdgpu-emulated:gfx1100" and the like, where this build has the emulator. Before the first Context.
void add_emulated_devices();

}  // namespace sporkle::command
