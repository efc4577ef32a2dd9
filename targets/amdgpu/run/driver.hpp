// The GPUs behind a set of system calls, as devices of the runtime.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/device.hpp"
#include "targets/amdgpu/run/system_calls.hpp"

namespace sporkle::amdgpu {

/// Every GPU whose render node the kernel driver amdgpu has and whose chip is known, named "<family>:0" and
/// so on. Why others cannot be used is appended to `notes`. The system calls outlive the devices.
std::vector<std::unique_ptr<runtime::Device>> open_devices(SystemCalls& calls, const std::string& family,
                                                           std::vector<std::string>& notes);

/// One device on the first render node that can be used, under a name of its own. Throws
/// Error(device_failure) with the reasons where there is none.
std::unique_ptr<runtime::Device> open_device(SystemCalls& calls, const std::string& name);

}  // namespace sporkle::amdgpu
