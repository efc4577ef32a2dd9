// A Vulkan layer that makes a device seem to be another one: pretence.hpp says which. What the driver above
// does beyond what that device allows ends the process with a message, so that tests see it; the validation
// layer looks at the real device.
//
// The environment is read whenever something is asked, so that one process may pretend several in turn.
#include "tests/spirv_devices/layer_device.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace sporkle::testing::pretended {
namespace {

NextInstance instance;

VkPhysicalDeviceMemoryProperties pretended_memory(VkPhysicalDevice physical, const Pretence& pretence) {
    VkPhysicalDeviceMemoryProperties memory{};
    instance.vkGetPhysicalDeviceMemoryProperties(physical, &memory);
    if (pretence.memory_types().empty()) return memory;
    memory = {};
    memory.memoryTypeCount = static_cast<std::uint32_t>(pretence.memory_types().size());
    std::copy(pretence.memory_types().begin(), pretence.memory_types().end(), memory.memoryTypes);
    memory.memoryHeapCount = static_cast<std::uint32_t>(pretence.memory_heaps().size());
    std::copy(pretence.memory_heaps().begin(), pretence.memory_heaps().end(), memory.memoryHeaps);
    return memory;
}

// Functions of the instance.

void VKAPI_CALL DestroyInstance(VkInstance handle, const VkAllocationCallbacks* callbacks) {
    instance.vkDestroyInstance(handle, callbacks);
}

VkResult VKAPI_CALL CreateInstance(const VkInstanceCreateInfo* info, const VkAllocationCallbacks* callbacks,
                                   VkInstance* handle) {
    auto* link =
        link_of<VkLayerInstanceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
    instance.get = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    const auto create =
        reinterpret_cast<PFN_vkCreateInstance>(instance.get(VK_NULL_HANDLE, "vkCreateInstance"));
    const VkResult result = create(info, callbacks, handle);
    if (result != VK_SUCCESS) return result;
    instance.handle = *handle;
#define SPORKLE_LOAD(name) instance.name = reinterpret_cast<PFN_##name>(instance.get(*handle, #name));
    SPORKLE_NEXT_INSTANCE_FUNCTIONS(SPORKLE_LOAD)
#undef SPORKLE_LOAD
    return result;
}

VkResult VKAPI_CALL EnumerateDeviceExtensionProperties(VkPhysicalDevice physical, const char* layer,
                                                       std::uint32_t* count, VkExtensionProperties* all) {
    if (Pretence::now().has_extensions())
        return instance.vkEnumerateDeviceExtensionProperties(physical, layer, count, all);
    *count = 0;
    return VK_SUCCESS;
}

void VKAPI_CALL GetPhysicalDeviceProperties(VkPhysicalDevice physical,
                                            VkPhysicalDeviceProperties* properties) {
    instance.vkGetPhysicalDeviceProperties(physical, properties);
    Pretence::now().change(*properties);
}

void VKAPI_CALL GetPhysicalDeviceProperties2(VkPhysicalDevice physical,
                                             VkPhysicalDeviceProperties2* properties) {
    instance.vkGetPhysicalDeviceProperties2(physical, properties);
    Pretence::now().change_properties(properties);
}

void VKAPI_CALL GetPhysicalDeviceFeatures2(VkPhysicalDevice physical, VkPhysicalDeviceFeatures2* features) {
    instance.vkGetPhysicalDeviceFeatures2(physical, features);
    Pretence::now().change_features(features);
}

void VKAPI_CALL GetPhysicalDeviceMemoryProperties(VkPhysicalDevice physical,
                                                  VkPhysicalDeviceMemoryProperties* memory) {
    *memory = pretended_memory(physical, Pretence::now());
}

void VKAPI_CALL GetPhysicalDeviceQueueFamilyProperties(VkPhysicalDevice physical, std::uint32_t* count,
                                                       VkQueueFamilyProperties* families) {
    const Pretence pretence = Pretence::now();
    const std::vector<VkQueueFamilyProperties>& all = pretence.families();
    if (all.empty()) {
        instance.vkGetPhysicalDeviceQueueFamilyProperties(physical, count, families);
        if (families != nullptr)
            for (std::uint32_t f = 0; f < *count; ++f)
                families[f].timestampValidBits = static_cast<std::uint32_t>(
                    pretence.limit("timestampValidBits", families[f].timestampValidBits));
        return;
    }
    if (families == nullptr) {
        *count = static_cast<std::uint32_t>(all.size());
        return;
    }
    *count = std::min(*count, static_cast<std::uint32_t>(all.size()));
    std::copy_n(all.begin(), *count, families);
}

VkResult VKAPI_CALL CreateDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo* info,
                                 const VkAllocationCallbacks* callbacks, VkDevice* handle) {
    auto device = std::make_unique<Device>();
    const Pretence& pretence = device->pretence = Pretence::now();
    if (const char* feature = pretence.excess(info->pNext))
        fail(std::string(feature) + ", which it lacks, is switched on");
    if (!pretence.has_extensions() && info->enabledExtensionCount > 0)
        fail(std::string("the extension ") + info->ppEnabledExtensionNames[0] +
             ", which it lacks, is switched on");

    VkPhysicalDeviceProperties properties{};
    instance.vkGetPhysicalDeviceProperties(physical, &properties);
    VkPhysicalDeviceVulkan11Properties real{};
    real.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES;
    VkPhysicalDeviceProperties2 all{};
    all.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    all.pNext = &real;
    instance.vkGetPhysicalDeviceProperties2(physical, &all);
    pretence.change(properties);
    device->limits = properties.limits;
    device->real_subgroup_size = real.subgroupSize;
    device->allocation_bytes = pretence.limit("maxMemoryAllocationSize", real.maxMemoryAllocationSize);
    device->buffer_bytes = pretence.limit("maxBufferSize", ~std::uint64_t{0});

    // All pretended families are the real one.
    VkDeviceCreateInfo copy = *info;
    VkDeviceQueueCreateInfo queue{};
    if (!pretence.families().empty()) {
        for (std::uint32_t q = 0; q < info->queueCreateInfoCount; ++q) {
            const VkDeviceQueueCreateInfo& wanted = info->pQueueCreateInfos[q];
            if (wanted.queueFamilyIndex >= pretence.families().size() ||
                wanted.queueCount > pretence.families()[wanted.queueFamilyIndex].queueCount)
                fail("there are not so many queues in family " + number(wanted.queueFamilyIndex));
        }
        queue = info->pQueueCreateInfos[0];
        queue.queueFamilyIndex = 0;
        queue.queueCount = 1;
        copy.queueCreateInfoCount = 1;
        copy.pQueueCreateInfos = &queue;
    }
    auto* link = link_of<VkLayerDeviceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
    const auto get_instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    device->next.get = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    const auto create = reinterpret_cast<PFN_vkCreateDevice>(get_instance(instance.handle, "vkCreateDevice"));
    const VkResult result = create(physical, &copy, callbacks, handle);
    if (result != VK_SUCCESS) return result;
#define SPORKLE_LOAD(name) device->next.name = reinterpret_cast<PFN_##name>(device->next.get(*handle, #name));
    SPORKLE_NEXT_DEVICE_FUNCTIONS(SPORKLE_LOAD)
#undef SPORKLE_LOAD
    add_device(*handle, std::move(device));
    return result;
}

#define SPORKLE_OWN_INSTANCE_FUNCTIONS(X)     \
    X(CreateInstance)                         \
    X(DestroyInstance)                        \
    X(EnumerateDeviceExtensionProperties)     \
    X(GetPhysicalDeviceProperties)            \
    X(GetPhysicalDeviceProperties2)           \
    X(GetPhysicalDeviceFeatures2)             \
    X(GetPhysicalDeviceMemoryProperties)      \
    X(GetPhysicalDeviceQueueFamilyProperties) \
    X(CreateDevice)

PFN_vkVoidFunction VKAPI_CALL GetDeviceProcAddr(VkDevice handle, const char* name) {
    if (const PFN_vkVoidFunction own = device_function(name)) return own;
    if (std::strcmp(name, "vkGetDeviceProcAddr") == 0)
        return reinterpret_cast<PFN_vkVoidFunction>(&GetDeviceProcAddr);
    return handle == VK_NULL_HANDLE ? nullptr : next_device_function(handle, name);
}

PFN_vkVoidFunction VKAPI_CALL GetInstanceProcAddr(VkInstance handle, const char* name) {
#define SPORKLE_OWN(function) \
    if (std::strcmp(name, "vk" #function) == 0) return reinterpret_cast<PFN_vkVoidFunction>(&function);
    SPORKLE_OWN_INSTANCE_FUNCTIONS(SPORKLE_OWN)
#undef SPORKLE_OWN
    if (const PFN_vkVoidFunction own = device_function(name)) return own;
    if (std::strcmp(name, "vkGetInstanceProcAddr") == 0)
        return reinterpret_cast<PFN_vkVoidFunction>(&GetInstanceProcAddr);
    if (std::strcmp(name, "vkGetDeviceProcAddr") == 0)
        return reinterpret_cast<PFN_vkVoidFunction>(&GetDeviceProcAddr);
    return instance.get == nullptr ? nullptr : instance.get(handle, name);
}

}  // namespace
}  // namespace sporkle::testing::pretended

extern "C" __attribute__((visibility("default"))) VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface* loader) {
    loader->loaderLayerInterfaceVersion = 2;
    loader->pfnGetInstanceProcAddr = &sporkle::testing::pretended::GetInstanceProcAddr;
    loader->pfnGetDeviceProcAddr = &sporkle::testing::pretended::GetDeviceProcAddr;
    loader->pfnGetPhysicalDeviceProcAddr = nullptr;
    return VK_SUCCESS;
}
