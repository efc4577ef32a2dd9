#include "targets/spirv/run/queue.hpp"

#include <chrono>
#include <string>

#include "targets/spirv/run/loader.hpp"
#include "targets/spirv/run/probe.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// How long to look again and again before the thread sleeps: longer than most small kernels run. Where the
/// CPU does the work itself, looking would only take its time.
constexpr std::chrono::microseconds spin_time{200};

void raise(std::atomic<std::uint64_t>& known, std::uint64_t number) {
    std::uint64_t before = known.load(std::memory_order_relaxed);
    while (before < number && !known.compare_exchange_weak(before, number, std::memory_order_release)) {
    }
}

}  // namespace

Queue::Queue(Gpu& gpu, std::uint32_t family) : gpu_(gpu), family_(family) {
    gpu_.vk.vkGetDeviceQueue(gpu_.handle(), family, 0, &queue_);
    VkSemaphoreTypeCreateInfo type{};
    type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    VkSemaphoreCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
    info.pNext = &type;
    const VkResult result = gpu_.vk.vkCreateSemaphore(gpu_.handle(), &info, nullptr, &timeline_);
    if (!probing_is_off()) gpu_.check(result, "vkCreateSemaphore");
}

Queue::~Queue() {
    if (!gpu_.hangs()) gpu_.vk.vkDestroySemaphore(gpu_.handle(), timeline_, nullptr);
}

std::uint64_t Queue::submit(VkCommandBuffer commands) {
    gpu_.require_alive();
    if (timeline_ == VK_NULL_HANDLE) gpu_.fail("its driver has no semaphores, so that nothing can run");
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = submitted_.load(std::memory_order_relaxed) + 1;
    const std::uint64_t others = other_ == nullptr ? 0 : other_->results_.load(std::memory_order_acquire);
    VkTimelineSemaphoreSubmitInfo timeline{};
    timeline.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
    timeline.signalSemaphoreValueCount = 1;
    timeline.pSignalSemaphoreValues = &number;
    VkSubmitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    info.pNext = &timeline;
    info.commandBufferCount = 1;
    info.pCommandBuffers = &commands;
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &timeline_;
    const VkPipelineStageFlags stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    if (others > followed_) {
        // Somebody has waited already: this costs next to no time, but makes the other queue's writes
        // visible.
        timeline.waitSemaphoreValueCount = info.waitSemaphoreCount = 1;
        timeline.pWaitSemaphoreValues = &others;
        info.pWaitSemaphores = &other_->timeline_;
        info.pWaitDstStageMask = &stages;
    }
    gpu_.check(gpu_.vk.vkQueueSubmit(queue_, 1, &info, VK_NULL_HANDLE), "vkQueueSubmit");
    if (others > followed_) followed_ = others;
    submitted_.store(number, std::memory_order_release);
    return number;
}

template <class Condition>
bool Queue::spin(Condition holds) const {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    do {
        if (holds()) return true;
    } while (Clock::now() - begin < spin_time);
    return false;
}

void Queue::wait(std::uint64_t number) {
    if (done_.load(std::memory_order_acquire) >= number) return;
    std::uint64_t reached = 0;
    const auto is_reached = [&] {
        gpu_.check(gpu_.vk.vkGetSemaphoreCounterValue(gpu_.handle(), timeline_, &reached),
                   "vkGetSemaphoreCounterValue");
        return reached >= number;
    };
    if (!gpu_.physical().is_software() && spin(is_reached)) return note(reached);
    sleep(number);
}

void Queue::wait_for_word(std::uint64_t number, std::uint32_t& word) {
    const std::atomic_ref<std::uint32_t> seen(word);
    if (!spin([&] { return seen.load(std::memory_order_acquire) != 0; })) return sleep(number);
    raise(results_, number);
}

void Queue::sleep(std::uint64_t number) {
    VkSemaphoreWaitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO;
    info.semaphoreCount = 1;
    info.pSemaphores = &timeline_;
    info.pValues = &number;
    const VkResult result =
        gpu_.vk.vkWaitSemaphores(gpu_.handle(), &info, static_cast<std::uint64_t>(gpu_.patience().count()));
    if (result != VK_SUCCESS && result != VK_ERROR_DEVICE_LOST) gpu_.give_up();
    if (result == VK_TIMEOUT)
        gpu_.fail("it has not finished a kernel within " +
                  std::to_string(std::chrono::duration<double>(gpu_.patience()).count()) +
                  " s (SPORKLE_VULKAN_TIMEOUT)");
    if (result != VK_SUCCESS) gpu_.fail("vkWaitSemaphores returned " + name_of(result));
    note(number);
}

bool Queue::is_done(std::uint64_t number) {
    if (done_.load(std::memory_order_acquire) >= number) return true;
    std::uint64_t reached = 0;
    const VkResult result = gpu_.vk.vkGetSemaphoreCounterValue(gpu_.handle(), timeline_, &reached);
    if (result == VK_ERROR_DEVICE_LOST) return true;
    if (result != VK_SUCCESS) return false;
    note(reached);
    return reached >= number;
}

void Queue::note(std::uint64_t reached) {
    raise(done_, reached);
    raise(results_, reached);
}

}  // namespace sporkle::spirv::vulkan
