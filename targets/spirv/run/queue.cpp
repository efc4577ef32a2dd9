#include "targets/spirv/run/queue.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <sporkle/error.hpp>

#include "targets/spirv/run/loader.hpp"
#include "targets/spirv/run/probe.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// How long to look again and again before the thread sleeps: longer than most small kernels run. Where the
/// CPU does the work itself, looking would only take its time.
constexpr std::chrono::microseconds spin_time{200};

/// Who has asked the timeline will soon ask again, as one who downloads what each of his kernels writes.
constexpr std::uint64_t signals_after_asking = 8;
/// Without a question: often enough that a slot whose turn has come to be recorded anew is known to be done.
constexpr std::uint64_t signal_distance = 32;

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

std::uint64_t Queue::submit(VkCommandBuffer commands, bool has_word) {
    gpu_.require_alive();
    if (timeline_ == VK_NULL_HANDLE) gpu_.fail("its driver has no semaphores, so that nothing can run");
    const std::uint64_t others = other_ == nullptr ? 0 : other_->results_.load(std::memory_order_acquire);
    if (others > 0) other_->demand_signal(others);
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = submitted_.load(std::memory_order_relaxed) + 1;
    const bool signals = !has_word ||
                         number <= asked_.load(std::memory_order_relaxed) + signals_after_asking ||
                         number >= signalled_.load(std::memory_order_relaxed) + signal_distance;
    push(commands, signals ? number : 0, others > followed_ ? others : 0);
    followed_ = std::max(followed_, others);
    submitted_.store(number, std::memory_order_release);
    return number;
}

void Queue::push(VkCommandBuffer commands, std::uint64_t signal, std::uint64_t others) {
    VkTimelineSemaphoreSubmitInfo timeline{};
    timeline.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
    VkSubmitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    info.pNext = &timeline;
    info.commandBufferCount = commands == VK_NULL_HANDLE ? 0 : 1;
    info.pCommandBuffers = &commands;
    if (signal > 0) {
        timeline.signalSemaphoreValueCount = info.signalSemaphoreCount = 1;
        timeline.pSignalSemaphoreValues = &signal;
        info.pSignalSemaphores = &timeline_;
    }
    const VkPipelineStageFlags stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    if (others > 0) {
        // Somebody has waited already: this costs next to no time, but makes the other queue's writes
        // visible.
        timeline.waitSemaphoreValueCount = info.waitSemaphoreCount = 1;
        timeline.pWaitSemaphoreValues = &others;
        info.pWaitSemaphores = &other_->timeline_;
        info.pWaitDstStageMask = &stages;
    }
    gpu_.check(gpu_.vk.vkQueueSubmit(queue_, 1, &info, VK_NULL_HANDLE), "vkQueueSubmit");
    if (signal > 0) signalled_.store(signal, std::memory_order_release);
}

void Queue::demand_signal(std::uint64_t number) {
    raise(asked_, number);
    if (signalled_.load(std::memory_order_acquire) >= number) return;
    const std::lock_guard lock(mutex_);
    if (signalled_.load(std::memory_order_relaxed) >= number) return;
    push(VK_NULL_HANDLE, submitted_.load(std::memory_order_relaxed), 0);
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
    demand_signal(number);
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
    if (!spin([&] { return seen.load(std::memory_order_acquire) != 0; })) {
        demand_signal(number);
        return sleep(number);
    }
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
    return results_.load(std::memory_order_acquire) >= number || has_reached(number);
}

bool Queue::is_through(std::uint64_t number) {
    if (done_.load(std::memory_order_acquire) >= number || has_reached(number)) return true;
    try {
        demand_signal(number);
    } catch (const Error&) {
        // Whoever uses the queue next will meet the fault.
    }
    return false;
}

bool Queue::has_reached(std::uint64_t number) {
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
