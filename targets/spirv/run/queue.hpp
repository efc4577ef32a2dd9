// One queue of a GPU with a timeline: every submission gets the next number, and is done when the timeline
// has reached it. Submissions of one queue end in order.
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
    /// Thread-safe, as are all members. Throws Error(device_failure), Error(out_of_memory).
    std::uint64_t submit(VkCommandBuffer commands);
    /// Returns when the submission of that number is done. Throws Error(device_failure), also when that takes
    /// longer than the GPU's patience.
    void wait(std::uint64_t number);
    /// The same for a submission that makes `word` other than 0 when its results are there, which is seen
    /// sooner than the timeline. It need not be done then: only its results may be used, and by kernels and
    /// copies alone.
    void wait_for_word(std::uint64_t number, std::uint32_t& word);
    std::uint64_t submitted() const { return submitted_.load(std::memory_order_acquire); }
    /// Whether it is done, without waiting. On a lost device everything is.
    bool is_done(std::uint64_t number);

  private:
    /// Looks again and again for a while; whether it has become true.
    template <class Condition>
    bool spin(Condition holds) const;
    void sleep(std::uint64_t number);
    void note(std::uint64_t reached);

    Gpu& gpu_;
    Queue* other_ = nullptr;
    std::uint32_t family_;
    VkQueue queue_ = VK_NULL_HANDLE;
    VkSemaphore timeline_ = VK_NULL_HANDLE;
    std::mutex mutex_;            ///< for queue_ and followed_
    std::uint64_t followed_ = 0;  ///< number of the other queue that this one has waited for
    std::atomic<std::uint64_t> submitted_{0};
    std::atomic<std::uint64_t> done_{0};     ///< known to be done
    std::atomic<std::uint64_t> results_{0};  ///< known to have its results
};

}  // namespace sporkle::spirv::vulkan
