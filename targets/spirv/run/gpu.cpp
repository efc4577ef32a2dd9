#include "targets/spirv/run/gpu.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include <sporkle/error.hpp>

#include "targets/spirv/run/loader.hpp"
#include "targets/spirv/run/probe.hpp"
#include "targets/spirv/run/setting.hpp"

namespace sporkle::spirv::vulkan {
namespace {

std::chrono::nanoseconds patience_setting() {
    double seconds = 600;
    if (const char* word = std::getenv("SPORKLE_VULKAN_TIMEOUT"); word != nullptr && *word != 0) {
        char* end = nullptr;
        seconds = std::strtod(word, &end);
        if (*end != 0 || !(seconds > 0 && seconds < 1e9))
            throw Error(ErrorCode::invalid_argument, "SPORKLE_VULKAN_TIMEOUT is '" + std::string(word) +
                                                         "'; expected seconds, above 0 and below 1e9");
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

/// Types that are not for everyday use.
constexpr VkMemoryPropertyFlags odd_types =
    VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT |
    VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD | VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;

std::atomic<bool> process_ends{false};

}  // namespace

Gpu::Gpu(const Instance& instance, PhysicalDevice physical)
    : instance_(instance),
      physical_(std::move(physical)),
      features_(instance_, physical_),
      separate_(setting("SPORKLE_VULKAN_STAGING", {"0", "1"}) == "1"),
      patience_(patience_setting()) {
    static_cast<void>(probing_is_off());  // what is wrong with its setting is told before there is a device
    families_.push_back(static_cast<std::uint32_t>(physical_.compute_family()));
    if (physical_.transfer_family() >= 0)
        families_.push_back(static_cast<std::uint32_t>(physical_.transfer_family()));
    const float priority = 1;
    std::vector<VkDeviceQueueCreateInfo> queues;
    for (const std::uint32_t family : families_) {
        VkDeviceQueueCreateInfo queue{};
        queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
        queue.queueFamilyIndex = family;
        queue.queueCount = 1;
        queue.pQueuePriorities = &priority;
        queues.push_back(queue);
    }
    VkDeviceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.pNext = features_.chain();
    info.queueCreateInfoCount = static_cast<std::uint32_t>(queues.size());
    info.pQueueCreateInfos = queues.data();
    info.enabledExtensionCount = static_cast<std::uint32_t>(features_.extensions().size());
    info.ppEnabledExtensionNames = features_.extensions().data();
    check(instance_.functions.vkCreateDevice(physical_.handle, &info, nullptr, &device_), "vkCreateDevice");
    load_functions();
    find_memory();
    watch_exit();
}

Gpu::~Gpu() {
    if (!hangs()) vk.vkDestroyDevice(device_, nullptr);
}

bool Gpu::hangs() const { return hangs_ || process_ends; }

void Gpu::watch_exit() {
    std::atexit([] { process_ends = true; });
}

void Gpu::load_functions() {
#define SPORKLE_VULKAN_LOAD(function)                                                                  \
    vk.function =                                                                                      \
        reinterpret_cast<PFN_##function>(instance_.functions.vkGetDeviceProcAddr(device_, #function)); \
    if (vk.function == nullptr) missing = #function;
    const char* missing = nullptr;
    SPORKLE_VULKAN_DEVICE_FUNCTIONS(SPORKLE_VULKAN_LOAD)
    SPORKLE_VULKAN_LONG_FUNCTIONS(SPORKLE_VULKAN_LOAD)
#undef SPORKLE_VULKAN_LOAD
    if (features_.names_modules())
        vk.vkGetShaderModuleCreateInfoIdentifierEXT =
            reinterpret_cast<PFN_vkGetShaderModuleCreateInfoIdentifierEXT>(
                instance_.functions.vkGetDeviceProcAddr(device_, "vkGetShaderModuleCreateInfoIdentifierEXT"));
    if (missing == nullptr) {
        // Which several threads had better not call at once (README, "NVIDIA's driver and threads").
        if (physical_.has_nvidia_driver()) vk.call_under(calls_);
        return;
    }
    if (vk.vkDestroyDevice != nullptr) vk.vkDestroyDevice(device_, nullptr);
    throw Error(ErrorCode::unsupported, name() + ": its driver lacks " + missing);
}

void Gpu::find_memory() {
    const VkBufferCreateInfo info = buffer_info(4096);
    VkBuffer buffer = VK_NULL_HANDLE;
    const VkResult result = vk.vkCreateBuffer(device_, &info, nullptr, &buffer);
    if (result == VK_SUCCESS) {
        VkMemoryRequirements needs{};
        vk.vkGetBufferMemoryRequirements(device_, buffer, &needs);
        vk.vkDestroyBuffer(device_, buffer, nullptr);
        buffer_memory_types_ = needs.memoryTypeBits;
    }
    const bool has_memory =
        result == VK_SUCCESS && memory_type(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) >= 0 &&
        memory_type(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) >= 0;
    if (!has_memory && !probing_is_off()) {
        vk.vkDestroyDevice(device_, nullptr);
        throw Error(ErrorCode::device_failure,
                    name() + " (" + physical_.model + ") offers no memory for buffers");
    }
    const bool one_memory = physical_.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU ||
                            physical_.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
    unified_ = one_memory && !separate_ &&
               memory_type(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                           VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT) >= 0;
}

int Gpu::memory_type(VkMemoryPropertyFlags wanted, VkMemoryPropertyFlags welcome) const {
    int best = -1, best_score = -1;
    for (std::uint32_t t = 0; t < physical_.memory.memoryTypeCount; ++t) {
        const VkMemoryPropertyFlags flags = physical_.memory.memoryTypes[t].propertyFlags;
        if ((buffer_memory_types_ >> t & 1) == 0 || (flags & wanted) != wanted || (flags & odd_types) != 0)
            continue;
        const int score = std::popcount(flags & welcome);
        if (score > best_score) {
            best = static_cast<int>(t);
            best_score = score;
        }
    }
    return best;
}

void Gpu::take_memory(std::uint32_t heap, VkDeviceSize bytes) {
    const VkDeviceSize size = physical_.memory.memoryHeaps[heap].size;
    VkDeviceSize taken = taken_[heap];
    do {
        if (taken > size || bytes > size - taken)
            throw Error(ErrorCode::out_of_memory, name() + " (" + physical_.model + ") has no memory for " +
                                                      std::to_string(bytes) +
                                                      " bytes more: " + std::to_string(taken) + " of its " +
                                                      std::to_string(size) + " are in use");
    } while (!taken_[heap].compare_exchange_weak(taken, taken + bytes));
}

VkBufferCreateInfo Gpu::buffer_info(VkDeviceSize bytes) const {
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.size = bytes;
    info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT |
                 VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    if (families_.size() > 1) {
        info.sharingMode = VK_SHARING_MODE_CONCURRENT;
        info.queueFamilyIndexCount = static_cast<std::uint32_t>(families_.size());
        info.pQueueFamilyIndices = families_.data();
    }
    return info;
}

std::string Gpu::name() const { return "vulkan:" + std::to_string(physical_.number); }

void Gpu::check(VkResult result, const char* what) {
    if (result >= 0) return;
    if (result == VK_ERROR_DEVICE_LOST) fail(std::string("the driver reported its loss at ") + what);
    const std::string text = name() + " (" + physical_.model + "): " + what + " failed: " + name_of(result);
    if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY ||
        result == VK_ERROR_TOO_MANY_OBJECTS)
        throw Error(ErrorCode::out_of_memory, text);
    throw Error(ErrorCode::device_failure, text);
}

void Gpu::fail(const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        if (!lost_) reason_ = reason;
        lost_ = true;
    }
    require_alive();
    throw Error(ErrorCode::device_failure, reason);
}

void Gpu::require_alive() const {
    if (!lost_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    throw Error(ErrorCode::device_failure,
                name() + " (" + physical_.model + ") is lost: " + reason_ + "; nothing runs on it any more");
}

}  // namespace sporkle::spirv::vulkan
