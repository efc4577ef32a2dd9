// What a Vulkan layer has to do with the loader: chains of create infos, and the next layer's functions.
#pragma once

#include <vulkan/vk_layer.h>

#include <map>
#include <mutex>

namespace sporkle::testing::pretended {

#define SPORKLE_NEXT_INSTANCE_FUNCTIONS(X)  \
    X(vkCreateDevice)                       \
    X(vkDestroyInstance)                    \
    X(vkEnumerateDeviceExtensionProperties) \
    X(vkGetPhysicalDeviceFeatures2)         \
    X(vkGetPhysicalDeviceMemoryProperties)  \
    X(vkGetPhysicalDeviceProperties)        \
    X(vkGetPhysicalDeviceProperties2)       \
    X(vkGetPhysicalDeviceQueueFamilyProperties)

#define SPORKLE_NEXT_DEVICE_FUNCTIONS(X) \
    X(vkAllocateMemory)                  \
    X(vkCmdCopyBuffer)                   \
    X(vkCmdDispatch)                     \
    X(vkCmdPushConstants)                \
    X(vkCmdWriteTimestamp)               \
    X(vkCreateBuffer)                    \
    X(vkCreateCommandPool)               \
    X(vkCreateComputePipelines)          \
    X(vkCreateShaderModule)              \
    X(vkDestroyDevice)                   \
    X(vkFreeMemory)                      \
    X(vkGetBufferMemoryRequirements)     \
    X(vkGetDeviceQueue)                  \
    X(vkMapMemory)                       \
    X(vkQueueSubmit)

#define SPORKLE_NEXT_MEMBER(name) PFN_##name name = nullptr;
struct NextInstance {
    PFN_vkGetInstanceProcAddr get = nullptr;
    VkInstance handle = VK_NULL_HANDLE;
    SPORKLE_NEXT_INSTANCE_FUNCTIONS(SPORKLE_NEXT_MEMBER)
};
struct NextDevice {
    PFN_vkGetDeviceProcAddr get = nullptr;
    SPORKLE_NEXT_DEVICE_FUNCTIONS(SPORKLE_NEXT_MEMBER)
    struct Memory {
        std::uint64_t bytes = 0;
        bool is_seen = true;     ///< the CPU may touch it
        void* unseen = nullptr;  ///< where it may not, what stands for it
    };
    std::map<VkDeviceMemory, Memory> memories;  ///< those that live
    std::mutex mutex;                           ///< for the queue behind all queues, and for memories
};
#undef SPORKLE_NEXT_MEMBER

/// The structure of a chain with that type, or null.
template <class Struct>
Struct* in_chain(const void* chain, VkStructureType type) {
    for (auto* at = static_cast<VkBaseOutStructure*>(const_cast<void*>(chain)); at != nullptr; at = at->pNext)
        if (at->sType == type) return reinterpret_cast<Struct*>(at);
    return nullptr;
}

/// The loader's link to the next layer, of an instance's or a device's create info.
template <class Link>
Link* link_of(const void* chain, VkStructureType type) {
    for (auto* at = static_cast<VkBaseOutStructure*>(const_cast<void*>(chain)); at != nullptr; at = at->pNext)
        if (at->sType == type && reinterpret_cast<Link*>(at)->function == VK_LAYER_LINK_INFO)
            return reinterpret_cast<Link*>(at);
    return nullptr;
}

}  // namespace sporkle::testing::pretended
