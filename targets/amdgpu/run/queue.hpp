// A compute queue: a context of the kernel driver, to which indirect buffers are submitted.
//
// A context that was lost to a reset of the GPU stays dead, so it is made anew; work that the kernel had not
// accepted is submitted again, and work that was lost is reported: nobody can say how far it had come.
//
// Each submission is a point on a timeline (a DRM synchronization object) that is waited for; kernels without
// timelines wait for the submission's number in its context instead.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "targets/amdgpu/run/gpu.hpp"

namespace sporkle::amdgpu {

/// A context of the kernel's, which lives as long as somebody may ask what became of its work.
class Context {
  public:
    /// Takes over the number.
    Context(const Node& node, std::uint32_t number) : node_(node), number_(number) {}
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    std::uint32_t number() const { return number_; }

  private:
    const Node& node_;
    const std::uint32_t number_;
};

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
        std::shared_ptr<const Context> context;
        std::uint64_t number = 0, point = 0;
        std::shared_ptr<const Gpu::BufferList> buffers;  ///< in use until it has ended
    };
    /// Submits `words` words of packets that touch all buffers of the GPU, or only those of a list. Throws
    /// Error(device_failure), also where the contents of the GPU's own memory were lost since the last time.
    Ticket submit(std::uint64_t address, std::uint32_t words,
                  std::shared_ptr<const Gpu::BufferList> buffers = nullptr);
    /// Returns when it has ended. Throws Error(device_failure) where it did not end in time.
    void wait(const Ticket& ticket);
    /// How it ended, which a timeline does not tell. Throws Error(device_failure) that says what happened,
    /// unless all went well.
    void check(const Ticket& ticket);

    /// How often the contents of the GPU's own memory were lost, as far as is known.
    std::uint32_t losses() const { return losses_; }
    /// Words that the length of a submission is a multiple of.
    std::size_t word_alignment() const { return gpu_->facts().ib_size_alignment / 4; }
    /// Ticks of the GPU's clock.
    std::uint64_t ticks(std::chrono::nanoseconds time) const {
        return static_cast<std::uint64_t>(time.count()) * gpu_->facts().counter_khz / 1'000'000;
    }
    /// What a person should know of it; mostly empty.
    const std::string& note() const { return note_; }

  private:
    std::shared_ptr<const Context> make_context();
    void make_timeline();
    void free_timeline();
    void check(const Ticket& ticket, std::uint64_t deadline_ns);
    int try_submit(std::uint64_t address, std::uint32_t words, Ticket& ticket);
    /// What the kernel says of a dead context, which is replaced if it still is the present one. Whether the
    /// contents of the GPU's own memory are lost is added to `is_lost`.
    std::string recover(const std::shared_ptr<const Context>& context, bool& is_lost);

    std::shared_ptr<Gpu> gpu_;
    std::int32_t priority_;
    std::string note_;
    std::mutex mutex_;  ///< guards what follows; points are submitted in their order
    std::shared_ptr<const Context> context_;
    std::uint32_t timeline_ = 0;  ///< 0: none
    std::uint64_t last_point_ = 0;
    std::atomic<std::uint32_t> losses_{0};
};

}  // namespace sporkle::amdgpu
