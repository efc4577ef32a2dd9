// The functions of Vulkan that the driver calls, as tables that are filled at run time.
#pragma once

#include <mutex>

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#include "targets/spirv/run/device_function.hpp"

namespace sporkle::spirv::vulkan {

#define SPORKLE_VULKAN_GLOBAL_FUNCTIONS(X)    \
    X(vkCreateInstance)                       \
    X(vkEnumerateInstanceExtensionProperties) \
    X(vkEnumerateInstanceLayerProperties)     \
    X(vkEnumerateInstanceVersion)

#define SPORKLE_VULKAN_INSTANCE_FUNCTIONS(X) \
    X(vkCreateDevice)                        \
    X(vkDestroyInstance)                     \
    X(vkEnumerateDeviceExtensionProperties)  \
    X(vkEnumeratePhysicalDevices)            \
    X(vkGetDeviceProcAddr)                   \
    X(vkGetPhysicalDeviceFeatures2)          \
    X(vkGetPhysicalDeviceMemoryProperties)   \
    X(vkGetPhysicalDeviceProperties)         \
    X(vkGetPhysicalDeviceProperties2)        \
    X(vkGetPhysicalDeviceQueueFamilyProperties)

#define SPORKLE_VULKAN_DEVICE_FUNCTIONS(X) \
    X(vkAllocateCommandBuffers)            \
    X(vkAllocateMemory)                    \
    X(vkBeginCommandBuffer)                \
    X(vkBindBufferMemory)                  \
    X(vkCmdBindPipeline)                   \
    X(vkCmdCopyBuffer)                     \
    X(vkCmdDispatch)                       \
    X(vkCmdFillBuffer)                     \
    X(vkCmdPipelineBarrier)                \
    X(vkCmdPushConstants)                  \
    X(vkCmdResetQueryPool)                 \
    X(vkCmdUpdateBuffer)                   \
    X(vkCmdWriteTimestamp)                 \
    X(vkCreateBuffer)                      \
    X(vkCreateCommandPool)                 \
    X(vkCreatePipelineCache)               \
    X(vkCreatePipelineLayout)              \
    X(vkCreateQueryPool)                   \
    X(vkCreateSemaphore)                   \
    X(vkCreateShaderModule)                \
    X(vkDestroyBuffer)                     \
    X(vkDestroyCommandPool)                \
    X(vkDestroyDevice)                     \
    X(vkDestroyPipeline)                   \
    X(vkDestroyPipelineCache)              \
    X(vkDestroyPipelineLayout)             \
    X(vkDestroyQueryPool)                  \
    X(vkDestroySemaphore)                  \
    X(vkDestroyShaderModule)               \
    X(vkEndCommandBuffer)                  \
    X(vkFreeMemory)                        \
    X(vkGetBufferDeviceAddress)            \
    X(vkGetBufferMemoryRequirements)       \
    X(vkGetDeviceQueue)                    \
    X(vkGetPipelineCacheData)              \
    X(vkGetQueryPoolResults)               \
    X(vkMapMemory)                         \
    X(vkQueueSubmit)                       \
    X(vkResetCommandPool)

/// Of a device, too, but those that take long, and those with which one waits.
#define SPORKLE_VULKAN_LONG_FUNCTIONS(X) \
    X(vkCreateComputePipelines)          \
    X(vkDeviceWaitIdle)                  \
    X(vkGetSemaphoreCounterValue)        \
    X(vkWaitSemaphores)

#define SPORKLE_VULKAN_MEMBER(name) PFN_##name name = nullptr;
#define SPORKLE_VULKAN_DEVICE_MEMBER(name) DeviceFunction<PFN_##name> name;
struct GlobalFunctions {
    SPORKLE_VULKAN_GLOBAL_FUNCTIONS(SPORKLE_VULKAN_MEMBER)
};
struct InstanceFunctions {
    SPORKLE_VULKAN_INSTANCE_FUNCTIONS(SPORKLE_VULKAN_MEMBER)
};
struct DeviceFunctions {
    SPORKLE_VULKAN_DEVICE_FUNCTIONS(SPORKLE_VULKAN_DEVICE_MEMBER)
    /// Null where drivers do not give names to modules.
    SPORKLE_VULKAN_DEVICE_MEMBER(vkGetShaderModuleCreateInfoIdentifierEXT)
    SPORKLE_VULKAN_LONG_FUNCTIONS(SPORKLE_VULKAN_MEMBER)

    /// From now on all but the long ones are called one by one.
    void call_under(std::mutex& mutex) {
#define SPORKLE_VULKAN_CALL_UNDER(name) name.call_under(mutex);
        SPORKLE_VULKAN_DEVICE_FUNCTIONS(SPORKLE_VULKAN_CALL_UNDER)
        SPORKLE_VULKAN_CALL_UNDER(vkGetShaderModuleCreateInfoIdentifierEXT)
#undef SPORKLE_VULKAN_CALL_UNDER
    }
};
#undef SPORKLE_VULKAN_DEVICE_MEMBER
#undef SPORKLE_VULKAN_MEMBER

}  // namespace sporkle::spirv::vulkan
