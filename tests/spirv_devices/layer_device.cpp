// What the layer makes of a device's functions.
#include "tests/spirv_devices/layer_device.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace sporkle::testing::pretended {
namespace {

/// Dispatchable handles of one device begin with the same pointer.
std::mutex devices_mutex;
std::map<void*, std::unique_ptr<Device>> devices;
template <class Handle>
Device& device_of(Handle handle) {
    const std::lock_guard lock(devices_mutex);
    return *devices.at(*reinterpret_cast<void**>(handle));
}

std::string number(std::uint64_t value) { return std::to_string(value); }

void VKAPI_CALL DestroyDevice(VkDevice handle, const VkAllocationCallbacks* callbacks) {
    if (handle == VK_NULL_HANDLE) return;
    void* const key = *reinterpret_cast<void**>(handle);
    device_of(handle).next.vkDestroyDevice(handle, callbacks);
    const std::lock_guard lock(devices_mutex);
    devices.erase(key);
}

void VKAPI_CALL GetDeviceQueue(VkDevice handle, std::uint32_t family, std::uint32_t index, VkQueue* queue) {
    Device& device = device_of(handle);
    const bool pretends = !device.pretence.families().empty();
    device.next.vkGetDeviceQueue(handle, pretends ? 0 : family, pretends ? 0 : index, queue);
}

VkResult VKAPI_CALL CreateCommandPool(VkDevice handle, const VkCommandPoolCreateInfo* info,
                                      const VkAllocationCallbacks* callbacks, VkCommandPool* pool) {
    Device& device = device_of(handle);
    VkCommandPoolCreateInfo copy = *info;
    if (!device.pretence.families().empty()) copy.queueFamilyIndex = 0;
    return device.next.vkCreateCommandPool(handle, &copy, callbacks, pool);
}

VkResult VKAPI_CALL QueueSubmit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos,
                                VkFence fence) {
    Device& device = device_of(queue);
    const std::lock_guard lock(device.next.mutex);
    return device.next.vkQueueSubmit(queue, count, infos, fence);
}

VkResult VKAPI_CALL CreateBuffer(VkDevice handle, const VkBufferCreateInfo* info,
                                 const VkAllocationCallbacks* callbacks, VkBuffer* buffer) {
    Device& device = device_of(handle);
    if (info->size > device.buffer_bytes)
        fail("a buffer of " + number(info->size) + " bytes; maxBufferSize is " + number(device.buffer_bytes));
    VkBufferCreateInfo copy = *info;
    if (!device.pretence.families().empty()) {
        copy.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
        copy.queueFamilyIndexCount = 0;
    }
    return device.next.vkCreateBuffer(handle, &copy, callbacks, buffer);
}

void VKAPI_CALL GetBufferMemoryRequirements(VkDevice handle, VkBuffer buffer, VkMemoryRequirements* needs) {
    Device& device = device_of(handle);
    device.next.vkGetBufferMemoryRequirements(handle, buffer, needs);
    if (!device.pretence.memory_types().empty())
        needs->memoryTypeBits = (1u << device.pretence.memory_types().size()) - 1;
}

VkResult VKAPI_CALL AllocateMemory(VkDevice handle, const VkMemoryAllocateInfo* info,
                                   const VkAllocationCallbacks* callbacks, VkDeviceMemory* memory) {
    Device& device = device_of(handle);
    VkMemoryAllocateInfo copy = *info;
    bool is_seen = true;
    const std::vector<VkMemoryType>& types = device.pretence.memory_types();
    if (!types.empty()) {
        constexpr VkMemoryPropertyFlags seen =
            VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
        const VkMemoryType& type = types.at(info->memoryTypeIndex);
        is_seen = (type.propertyFlags & seen) == seen;
        copy.memoryTypeIndex = 0;
        if (info->allocationSize > device.pretence.memory_heaps()[type.heapIndex].size ||
            (device.pretence.window_is_full() && type.heapIndex == 2))
            return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    const std::lock_guard lock(device.next.mutex);
    if (device.next.memories.size() >= device.limits.maxMemoryAllocationCount)
        return VK_ERROR_TOO_MANY_OBJECTS;
    if (info->allocationSize > device.allocation_bytes) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    const VkResult result = device.next.vkAllocateMemory(handle, &copy, callbacks, memory);
    if (result == VK_SUCCESS) device.next.memories[*memory] = {info->allocationSize, is_seen, nullptr};
    return result;
}

void VKAPI_CALL FreeMemory(VkDevice handle, VkDeviceMemory memory, const VkAllocationCallbacks* callbacks) {
    Device& device = device_of(handle);
    const std::lock_guard lock(device.next.mutex);
    if (const auto found = device.next.memories.find(memory); found != device.next.memories.end()) {
        if (found->second.unseen != nullptr) ::munmap(found->second.unseen, found->second.bytes);
        device.next.memories.erase(found);
    }
    device.next.vkFreeMemory(handle, memory, callbacks);
}

VkResult VKAPI_CALL MapMemory(VkDevice handle, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size,
                              VkMemoryMapFlags flags, void** data) {
    Device& device = device_of(handle);
    const std::lock_guard lock(device.next.mutex);
    NextDevice::Memory& mapped = device.next.memories.at(memory);
    if (!mapped.is_seen) {  // touching it ends the process
        mapped.unseen = ::mmap(nullptr, mapped.bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        *data = mapped.unseen;
        return VK_SUCCESS;
    }
    return device.next.vkMapMemory(handle, memory, offset, size, flags, data);
}

void VKAPI_CALL CmdDispatch(VkCommandBuffer commands, std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    Device& device = device_of(commands);
    const std::uint32_t counts[3] = {x, y, z};
    for (int d = 0; d < 3; ++d)
        if (counts[d] > device.limits.maxComputeWorkGroupCount[d])
            fail("a dispatch of " + number(counts[d]) + " workgroups, more than maxComputeWorkGroupCount");
    device.next.vkCmdDispatch(commands, x, y, z);
}

void VKAPI_CALL CmdPushConstants(VkCommandBuffer commands, VkPipelineLayout layout, VkShaderStageFlags stages,
                                 std::uint32_t offset, std::uint32_t size, const void* values) {
    Device& device = device_of(commands);
    if (offset + size > device.limits.maxPushConstantsSize)
        fail(number(offset + size) + " bytes of push constants, more than maxPushConstantsSize");
    device.next.vkCmdPushConstants(commands, layout, stages, offset, size, values);
}

void VKAPI_CALL CmdWriteTimestamp(VkCommandBuffer commands, VkPipelineStageFlagBits stage, VkQueryPool pool,
                                  std::uint32_t query) {
    Device& device = device_of(commands);
    if (device.pretence.limit("timestampValidBits", 64) == 0) fail("a timestamp is written without a clock");
    device.next.vkCmdWriteTimestamp(commands, stage, pool, query);
}

/// Capabilities and the size of workgroups, by the numbers of SPIR-V.
VkResult VKAPI_CALL CreateShaderModule(VkDevice handle, const VkShaderModuleCreateInfo* info,
                                       const VkAllocationCallbacks* callbacks, VkShaderModule* module) {
    constexpr std::uint32_t op_capability = 17, op_execution_mode = 16, local_size = 17;
    constexpr std::pair<std::uint32_t, const char*> features[] = {
        {9, "shaderFloat16"},
        {10, "shaderFloat64"},
        {11, "shaderInt64"},
        {22, "shaderInt16"},
        {39, "shaderInt8"},
        {4433, "storageBuffer16BitAccess"},
        {4434, "uniformAndStorageBuffer16BitAccess"},
        {4448, "storageBuffer8BitAccess"},
        {4449, "uniformAndStorageBuffer8BitAccess"},
        {5345, "vulkanMemoryModel"},
        {5346, "vulkanMemoryModelDeviceScope"}};
    Device& device = device_of(handle);
    const std::size_t count = info->codeSize / sizeof(std::uint32_t);
    for (std::size_t at = 5; at < count && info->pCode[at] >> 16 != 0; at += info->pCode[at] >> 16) {
        const std::uint32_t* const word = info->pCode + at;
        if ((word[0] & 0xffff) == op_capability)
            for (const auto& [capability, feature] : features)
                if (word[1] == capability && device.pretence.lacks(feature))
                    fail(std::string("a module needs ") + feature + ", which it lacks");
        if ((word[0] & 0xffff) != op_execution_mode || word[2] != local_size) continue;
        if (std::uint64_t(word[3]) * word[4] * word[5] > device.limits.maxComputeWorkGroupInvocations)
            fail(number(word[3]) + " invocations, more than maxComputeWorkGroupInvocations");
        for (int d = 0; d < 3; ++d)
            if (word[3 + d] > device.limits.maxComputeWorkGroupSize[d])
                fail(number(word[3 + d]) + " invocations, more than maxComputeWorkGroupSize");
    }
    return device.next.vkCreateShaderModule(handle, info, callbacks, module);
}

VkResult VKAPI_CALL CreateComputePipelines(VkDevice handle, VkPipelineCache cache, std::uint32_t count,
                                           const VkComputePipelineCreateInfo* infos,
                                           const VkAllocationCallbacks* callbacks, VkPipeline* pipelines) {
    Device& device = device_of(handle);
    std::vector<VkComputePipelineCreateInfo> copies(infos, infos + count);
    for (VkComputePipelineCreateInfo& info : copies) {
        const auto* size = in_chain<VkPipelineShaderStageRequiredSubgroupSizeCreateInfo>(
            info.stage.pNext, VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO);
        if (size == nullptr) continue;
        if (device.pretence.lacks("subgroupSizeControl") || device.pretence.is_old())
            fail("a subgroup size is asked for where there is no choice");
        const std::uint64_t wanted = size->requiredSubgroupSize;
        if (wanted < device.pretence.limit("minSubgroupSize", device.real_subgroup_size) ||
            wanted > device.pretence.limit("maxSubgroupSize", device.real_subgroup_size))
            fail("a subgroup size of " + number(wanted) + " is asked for");
        if (wanted == device.real_subgroup_size) continue;
        info.stage.pNext = nullptr;  // nothing else is chained there
        info.stage.flags = 0;
    }
    return device.next.vkCreateComputePipelines(handle, cache, count, copies.data(), callbacks, pipelines);
}

#define SPORKLE_OWN_DEVICE_FUNCTIONS(X) \
    X(DestroyDevice)                    \
    X(GetDeviceQueue)                   \
    X(CreateCommandPool)                \
    X(QueueSubmit)                      \
    X(CreateBuffer)                     \
    X(GetBufferMemoryRequirements)      \
    X(AllocateMemory)                   \
    X(FreeMemory)                       \
    X(MapMemory)                        \
    X(CmdDispatch)                      \
    X(CmdPushConstants)                 \
    X(CmdWriteTimestamp)                \
    X(CreateShaderModule)               \
    X(CreateComputePipelines)

}  // namespace

void add_device(VkDevice handle, std::unique_ptr<Device> device) {
    const std::lock_guard lock(devices_mutex);
    devices[*reinterpret_cast<void**>(handle)] = std::move(device);
}

PFN_vkVoidFunction device_function(const char* name) {
#define SPORKLE_OWN(function) \
    if (std::strcmp(name, "vk" #function) == 0) return reinterpret_cast<PFN_vkVoidFunction>(&function);
    SPORKLE_OWN_DEVICE_FUNCTIONS(SPORKLE_OWN)
#undef SPORKLE_OWN
    return nullptr;
}

PFN_vkVoidFunction next_device_function(VkDevice handle, const char* name) {
    return device_of(handle).next.get(handle, name);
}

}  // namespace sporkle::testing::pretended
