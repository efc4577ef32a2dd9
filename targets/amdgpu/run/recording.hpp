// Launches recorded once: their packets and arguments stay in memory of their own, and running them is one
// submission.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/device.hpp"
#include "targets/amdgpu/run/executable.hpp"

namespace sporkle::amdgpu {

class Recording final : public runtime::DeviceRecording {
  public:
    /// Null where the packets are too many for one submission.
    static std::unique_ptr<Recording> make(std::shared_ptr<Engine> engine,
                                           std::span<const runtime::Device::Step> steps);

    void run(double* device_seconds) override;

  private:
    explicit Recording(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

    std::shared_ptr<Engine> engine_;
    std::mutex mutex_;  ///< one run at a time: they share the report
    std::vector<const Executable*> executables_;
    Slot slot_;
    Engine::Scratch scratch_;
    std::size_t words_ = 0;  ///< of packets; 0: nothing to do
};

}  // namespace sporkle::amdgpu
