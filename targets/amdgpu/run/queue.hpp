// A compute queue: a context of the kernel driver, to which indirect buffers are submitted.
//
// A context that was lost to a reset of the GPU stays dead, so it is made anew; work that the kernel had not
// accepted is submitted again, and work that was lost is reported: nobody can say how far it had come.
//
// Each submission is a point on a timeline (a DRM synchronization object) that is waited for; kernels without
// timelines wait for the submission's number in its context instead.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "targets/amdgpu/run/gpu.hpp"

namespace sporkle::amdgpu {

class Queue {
  public:
    /// Of the priority that $SPORKLE_GPU_PRIORITY names, or of normal priority where that is refused. Throws
    /// Error(invalid_argument) for a word that is none, Error(device_failure).
    explicit Queue(std::shared_ptr<Gpu> gpu);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    /// A submission: the context that has it, its number there, and its point of the timeline.
    struct Ticket {
        std::uint32_t context = 0;
        std::uint64_t number = 0, point = 0;
        std::shared_ptr<const Gpu::BufferList> buffers;  ///< in use until it has ended
    };
    /// Submits `words` words of packets that touch all buffers of the GPU, or only those of a list. Throws
    /// Error(device_failure).
    Ticket submit(std::uint64_t address, std::uint32_t words,
                  std::shared_ptr<const Gpu::BufferList> buffers = nullptr);
    /// Returns when it has ended. Throws Error(device_failure) where it did not end in time.
    void wait(const Ticket& ticket);
    /// How it ended, which a timeline does not tell. Throws Error(device_failure) that says what happened,
    /// unless all went well.
    void check(const Ticket& ticket);

    /// Words that the length of a submission is a multiple of.
    std::size_t word_alignment() const { return gpu_->facts().ib_size_alignment / 4; }
    /// Ticks of the GPU's clock.
    std::uint64_t ticks(std::chrono::nanoseconds time) const {
        return static_cast<std::uint64_t>(time.count()) * gpu_->facts().counter_khz / 1'000'000;
    }
    /// What a person should know of it; mostly empty.
    const std::string& note() const { return note_; }

  private:
    std::uint32_t make_context();
    void free_context();
    void make_timeline();
    void free_timeline();
    void check(const Ticket& ticket, std::uint64_t deadline_ns);
    int try_submit(std::uint64_t address, std::uint32_t words, Ticket& ticket);
    /// What the kernel says of a dead context, which is replaced if it still is the present one.
    std::string recover(std::uint32_t context);

    std::shared_ptr<Gpu> gpu_;
    std::int32_t priority_;
    std::string note_;
    std::mutex mutex_;                          ///< guards what follows; points are submitted in their order
    std::uint32_t context_ = 0, timeline_ = 0;  ///< timeline 0: none
    std::uint64_t last_point_ = 0;
};

}  // namespace sporkle::amdgpu
