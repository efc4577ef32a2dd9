// One kernel, compiled once for one chip, and bytes in a device's memory: enough to see whether the driver
// works.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/device.hpp"
#include "targets/amdgpu/run/driver.hpp"
#include "tests/amdgpu_emulator/other_kernel.hpp"
#include "tests/conformance/device_kernel.hpp"

namespace sporkle::testing {

inline constexpr const char* driven_chip = "gfx1100";

/// a·x + y on a device, whose code stays there between runs.
class DrivenKernel {
  public:
    explicit DrivenKernel(runtime::Device& device);

    /// Runs a random call, recorded where the seed is even, and compares with the reference. An empty string
    /// or what differs; throws what the device throws.
    std::string run(unsigned seed);

  private:
    DeviceKernel kernel_;
};

/// Takes so many bytes there, from one buffer to another, clears some, and back, in pieces at odd places. An
/// empty string or what was wrong.
std::string memory_fault(runtime::Device& device, std::size_t bytes);

}  // namespace sporkle::testing
