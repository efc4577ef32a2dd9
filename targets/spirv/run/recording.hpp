// Launches recorded into one command buffer, for replay with a single submission.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/device.hpp"
#include "targets/spirv/run/executable.hpp"

namespace sporkle::spirv::vulkan {

class Recording final : public runtime::DeviceRecording {
  public:
    /// Throws Error(out_of_memory), Error(device_failure).
    Recording(std::shared_ptr<Engine> engine, std::span<const runtime::Device::Step> steps);
    ~Recording() override;

    void run(double* device_seconds = nullptr) override;

  private:
    std::unique_ptr<CommandBuffer> recorded(bool timed);

    std::shared_ptr<Engine> engine_;
    std::vector<std::shared_ptr<const Executable::Pipelines>> pipelines_;
    Allocation words_;  ///< of all steps, each with a guard before it
    std::vector<std::byte*> guards_;
    std::vector<std::uint64_t> parameters_;    ///< words of all steps, as they were
    std::vector<DispatchCommand> dispatches_;  ///< which refer to them
    /// The second is made when the time is asked for: looking at the clock takes some.
    std::unique_ptr<CommandBuffer> commands_, timed_commands_;
    std::mutex mutex_;  ///< the commands run once at a time
};

}  // namespace sporkle::spirv::vulkan
