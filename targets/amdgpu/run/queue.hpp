// A compute queue: a context of the kernel driver, to which indirect buffers are submitted.
//
// A context that was lost to a reset of the GPU stays dead, so it is made anew; work that the kernel had not
// accepted is submitted again, and work that was lost is reported: nobody can say how far it had come.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "targets/amdgpu/run/gpu.hpp"

namespace sporkle::amdgpu {

class Queue {
  public:
    explicit Queue(std::shared_ptr<Gpu> gpu);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    /// A submission: the context that has it, and its number there.
    struct Ticket {
        std::uint32_t context = 0;
        std::uint64_t number = 0;
        std::shared_ptr<const Gpu::BufferList> buffers;  ///< in use until it has ended
    };
    /// Submits `words` words of packets. Throws Error(device_failure).
    Ticket submit(std::uint64_t address, std::uint32_t words);
    /// Returns when it has ended. Throws Error(device_failure) that tells what happened to it.
    void wait(const Ticket& ticket);

  private:
    std::uint32_t make_context() const;
    /// What the kernel says of a dead context, which is replaced if it still is the present one.
    std::string recover(std::uint32_t context);

    std::shared_ptr<Gpu> gpu_;
    std::mutex mutex_;  ///< guards context_
    std::uint32_t context_ = 0;
};

}  // namespace sporkle::amdgpu
