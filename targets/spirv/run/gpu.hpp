// An opened GPU: the logical device, its functions, and what goes wrong with it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "targets/spirv/run/features.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {

class Gpu {
  public:
    /// Throws Error(device_failure) when the driver refuses.
    Gpu(const Instance& instance, PhysicalDevice physical);
    ~Gpu();
    Gpu(const Gpu&) = delete;
    Gpu& operator=(const Gpu&) = delete;

    DeviceFunctions vk;
    const PhysicalDevice& physical() const { return physical_; }
    const Features& features() const { return features_; }
    VkDevice handle() const { return device_; }
    std::string name() const;  ///< "vulkan:0"

    /// Throws Error(device_failure) or Error(out_of_memory) where `result`, of the call `what`, is a failure.
    /// A lost device stays lost.
    void check(VkResult result, const char* what);
    /// Throws Error(device_failure) once the device is lost.
    void require_alive() const;
    /// From now on every use throws Error(device_failure) with this reason.
    [[noreturn]] void fail(const std::string& reason);
    /// Work may be under way that never ends.
    void give_up() { hangs_ = true; }
    /// Nothing of it may be destroyed any more, since work that never ends could use it, or since the process
    /// ends: a driver may have cleaned up before static objects of the program that hold devices.
    bool hangs() const;
    /// Takes notice when the process ends, before what the driver has loaded by now does. Opening a device
    /// calls it, and whoever first makes the driver load more.
    static void watch_exit();

    /// How long to wait for work before the device counts as hung: $SPORKLE_VULKAN_TIMEOUT in seconds, else
    /// ten minutes.
    std::chrono::nanoseconds patience() const { return patience_; }

    /// Number of the best memory type with all of `wanted` and as many of `welcome` as possible, that buffers
    /// may lie in, or -1.
    int memory_type(VkMemoryPropertyFlags wanted, VkMemoryPropertyFlags welcome = 0) const;
    /// Counts bytes of a heap as taken. Throws Error(out_of_memory) where it has fewer left: a driver need
    /// not refuse what goes beyond, and with lavapipe the system would end the process instead.
    void take_memory(std::uint32_t heap, VkDeviceSize bytes);
    void give_memory(std::uint32_t heap, VkDeviceSize bytes) { taken_[heap] -= bytes; }
    /// Kernels and CPU share one memory, which both reach at full speed. $SPORKLE_VULKAN_STAGING=1 hides it,
    /// for tests of what discrete GPUs need.
    bool unified() const { return unified_; }
    /// Families whose queues share every buffer.
    std::span<const std::uint32_t> families() const { return families_; }
    VkBufferCreateInfo buffer_info(VkDeviceSize bytes) const;

  private:
    void load_functions();
    void find_memory();

    const Instance& instance_;
    PhysicalDevice physical_;
    Features features_;
    std::vector<std::uint32_t> families_;
    VkDevice device_ = VK_NULL_HANDLE;
    std::uint32_t buffer_memory_types_ = 0;  ///< bits
    std::atomic<VkDeviceSize> taken_[VK_MAX_MEMORY_HEAPS] = {};
    const bool separate_;  ///< $SPORKLE_VULKAN_STAGING
    bool unified_ = false;
    std::chrono::nanoseconds patience_;
    std::atomic<bool> lost_{false}, hangs_{false};
    mutable std::mutex mutex_;
    std::string reason_;  ///< why it is lost
    std::mutex calls_;    ///< held by calls to a driver that wants them one by one
};

}  // namespace sporkle::spirv::vulkan
