// How a submission fails on the GPU.
#pragma once

#include <stdexcept>
#include <string>

namespace sporkle::amdgpu::emulator {

class GpuFault : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace sporkle::amdgpu::emulator
