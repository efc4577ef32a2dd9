// Slots: what a submission needs beyond its tensors: memory for its packets, for the kernels' arguments, and
// for what the GPU reports back. There are three, so that one can be filled while another runs and a third
// waits.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "targets/amdgpu/pm4/command_writer.hpp"
#include "targets/amdgpu/run/queue.hpp"

namespace sporkle::amdgpu {

struct Slot {
    /// What the GPU writes at the end.
    struct Report {
        std::uint64_t begin = 0, end = 0;  ///< timestamps
        std::uint64_t fence = 0;
    };
    std::unique_ptr<BufferObject> packets, arguments, report;
    std::uint64_t submissions = 0;  ///< of this slot so far; the value of the last one's fence

    /// Memory for so many words of packets and bytes of arguments, larger where it was too small.
    void reserve(const std::shared_ptr<Gpu>& gpu, std::size_t packet_words, std::size_t argument_bytes);
    std::span<std::uint32_t> packet_memory() const {
        return {reinterpret_cast<std::uint32_t*>(packets->host()), packets->bytes() / 4};
    }
    /// Addresses for the next submission, and the number that its fence will have.
    pm4::SubmissionValues next_submission();
    /// Submits packets that were written with next_submission(), waits, and makes sure that the packet behind
    /// the last kernel was executed. `buffers`: all that the packets touch; null for any. Throws
    /// Error(device_failure). Returns the timestamps' distance.
    std::uint64_t run(Queue& queue, std::size_t words,
                      std::shared_ptr<const Gpu::BufferList> buffers = nullptr);
};

class Slots {
  public:
    explicit Slots(std::shared_ptr<Gpu> gpu);

    /// A slot for the calling thread, which waits for one to be free; given back with the lease.
    class Lease {
      public:
        Lease(Slots& slots, std::size_t number) : slots_(slots), number_(number) {}
        ~Lease() { slots_.give(number_); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Slot* operator->() const { return &slots_.slots_[number_]; }
        Slot& slot() const { return slots_.slots_[number_]; }

      private:
        Slots& slots_;
        std::size_t number_;
    };
    Lease take();

  private:
    void give(std::size_t number);

    std::shared_ptr<Gpu> gpu_;
    std::array<Slot, 3> slots_;
    std::array<bool, 3> taken_{};
    std::mutex mutex_;
    std::condition_variable freed_;
};

}  // namespace sporkle::amdgpu
