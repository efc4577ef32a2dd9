// One queue of a GPU with a timeline: every submission gets the next number, and is done when the timeline
// has reached it. Submissions of one queue end in order.
//
// Whenever the timeline is signalled, the GPU interrupts a CPU, and a thread that happens to run there loses
// more time than a small launch takes. So submissions whose end is told by a word signal it only where
// somebody has asked the timeline of late, or every so often; who asks for one that does not, makes up for it
// with a submission that does nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "targets/spirv/run/gpu.hpp"

namespace sporkle::spirv::vulkan {

class Queue {
  public:
    Queue(Gpu& gpu, std::uint32_t family);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    /// Work submitted here from now on sees the results of what `other` had done by then, as far as somebody
    /// waited for it.
    void follow(Queue& other) { other_ = &other; }

    std::uint32_t family() const { return family_; }
    /// Thread-safe, as are all members. `has_word`: there will be wait_for_word() for it. Throws
    /// Error(device_failure), Error(out_of_memory).
    std::uint64_t submit(VkCommandBuffer commands, bool has_word);
    /// Returns when the submission of that number is done. Throws Error(device_failure), also when that takes
    /// longer than the GPU's patience.
    void wait(std::uint64_t number);
    /// The same for a submission that makes `word` other than 0 when its results are there, which is seen
    /// sooner than the timeline. It need not be done then: only its results may be used, and by kernels and
    /// copies alone.
    void wait_for_word(std::uint64_t number, std::uint32_t& word);
    std::uint64_t submitted() const { return submitted_.load(std::memory_order_acquire); }
    /// Whether its commands have come to their end, so that it uses no memory any more, without waiting. On a
    /// lost device all have.
    bool is_done(std::uint64_t number);
    /// Whether it is done, without waiting; if not, the timeline will tell, even if nobody waits.
    bool is_through(std::uint64_t number);

  private:
    /// Looks again and again for a while; whether it has become true.
    template <class Condition>
    bool spin(Condition holds) const;
    void sleep(std::uint64_t number);
    bool has_reached(std::uint64_t number);
    /// Sees to it that the timeline will reach the number.
    void demand_signal(std::uint64_t number);
    /// Under the mutex. `signal`: what the timeline gets to, 0 for nothing; `others`: what is waited for on
    /// that of the other queue, 0 for nothing.
    void push(VkCommandBuffer commands, std::uint64_t signal, std::uint64_t others);
    void note(std::uint64_t reached);

    Gpu& gpu_;
    Queue* other_ = nullptr;
    std::uint32_t family_;
    VkQueue queue_ = VK_NULL_HANDLE;
    VkSemaphore timeline_ = VK_NULL_HANDLE;
    std::mutex mutex_;            ///< for queue_ and followed_
    std::uint64_t followed_ = 0;  ///< number of the other queue that this one has waited for
    std::atomic<std::uint64_t> submitted_{0};
    std::atomic<std::uint64_t> signalled_{0};  ///< the timeline gets there
    std::atomic<std::uint64_t> asked_{0};      ///< the last that the timeline was asked for
    std::atomic<std::uint64_t> done_{0};       ///< known to be done
    std::atomic<std::uint64_t> results_{0};    ///< known to have its results
};

}  // namespace sporkle::spirv::vulkan
