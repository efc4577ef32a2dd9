// Linked with the unchanged objects of a program, this gives it the emulated GPUs: "amdgpu-emulated:gfx1100"
// and so on, used where somebody names them. Before main, so before the program makes its first Context.
#include "runtime/device.hpp"
#include "targets/amdgpu/emulator/device.hpp"

namespace {

[[maybe_unused]] const bool added = [] {
    sporkle::runtime::add_run_target(sporkle::amdgpu::emulator::make_emulated_run_target());
    return true;
}();

}  // namespace
