// Emulated GPUs as devices of the runtime: "amdgpu-emulated:gfx1100" and so on, the driver of real ones on
// top of a VirtualKernel of its own each. They are used only where they are named.
//
//     runtime::add_run_target(amdgpu::emulator::make_emulated_run_target());
#pragma once

#include <memory>

#include "runtime/device.hpp"
#include "targets/amdgpu/emulator/kernel/options.hpp"

namespace sporkle::amdgpu::emulator {

std::unique_ptr<runtime::RunTarget> make_emulated_run_target(const KernelOptions& options = {});

}  // namespace sporkle::amdgpu::emulator
