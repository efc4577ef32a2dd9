// How fast the device copies its memory, in the best of two ways: Sporkle's own copying kernel, and CUDA's
// cudaMemcpy from device to device. The limit of whatever only moves memory.
#pragma once

#include <memory>
#include <string>

#include "tools/benchmark/gpu/nvidia/cuda.hpp"
#include "tools/benchmark/gpu/subject/chosen.hpp"

namespace sporkle::bench {

class DeviceCopy {
  public:
    /// Copies `floats` elements of f32; `cuda` may be null. Throws Error when there is no way at all.
    DeviceCopy(Accelerator& accelerator, Cuda* cuda, std::size_t floats, const Choosing& choosing);

    const std::string& method() const { return method_; }
    /// Seconds that reading and writing `bytes` in all take at the rate that is measured now.
    double seconds_for(double bytes);

  private:
    double by_kernel(long times);
    double by_cuda(long times);

    Cuda* cuda_;
    double moved_;  ///< bytes read and written by one copy
    Problem problem_;
    std::unique_ptr<Placed> placed_;
    Chosen chosen_;
    std::unique_ptr<CudaMemory> from_, to_;
    double (DeviceCopy::*copy_)(long) = nullptr;
    std::string method_;
};

}  // namespace sporkle::bench
