#include "targets/spirv/run/pool.hpp"

#include <algorithm>

#include <sporkle/error.hpp>

namespace sporkle::spirv::vulkan {
namespace {

constexpr std::uint64_t round_up(std::uint64_t bytes) {
    return (bytes + Pool::alignment - 1) / Pool::alignment * Pool::alignment;
}

}  // namespace

Pool::Pool(Gpu& gpu, int memory_type, std::uint64_t block_bytes, int otherwise)
    : gpu_(gpu), memory_type_(memory_type), otherwise_(otherwise), block_bytes_(block_bytes) {
    if (memory_type < 0) return;  // see probing_is_off()
    const auto& type = gpu.physical().memory.memoryTypes[memory_type];
    const VkDeviceSize heap = gpu.physical().memory.memoryHeaps[type.heapIndex].size;
    largest_ = std::min(gpu.physical().max_buffer_bytes, heap) - 2 * alignment;
    host_visible_ = (type.propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0;
}

Pool::~Pool() {
    if (gpu_.hangs()) return;
    for (Allocation::Block& block : blocks_) destroy(block);
}

Allocation Pool::allocate(std::uint64_t bytes) {
    if (bytes > largest_ || memory_type_ < 0)
        throw Error(ErrorCode::out_of_memory, gpu_.name() + " (" + gpu_.physical().model +
                                                  ") has no buffers of " + std::to_string(bytes) +
                                                  " bytes; its limit is " + std::to_string(largest_));
    bytes = std::max(round_up(bytes), alignment);
    const std::lock_guard lock(mutex_);
    Allocation::Block* block = nullptr;
    std::optional<std::uint64_t> offset;
    if (bytes <= block_bytes_ / 2)
        for (auto candidate = blocks_.begin(); candidate != blocks_.end() && !offset; ++candidate) {
            block = &*candidate;
            offset = block->ranges.take(bytes);
        }
    if (!offset) {
        block = &add_block(bytes <= block_bytes_ / 2 ? block_bytes_ : bytes);
        offset = block->ranges.take(bytes);
    }
    Allocation result;
    result.block = block;
    result.buffer = block->buffer;
    result.offset = *offset;
    result.bytes = bytes;
    result.address = block->address + *offset;
    result.host = block->host == nullptr ? nullptr : block->host + *offset;
    return result;
}

Allocation::Block& Pool::add_block(std::uint64_t bytes) {
    try {
        return add_block(bytes, memory_type_);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::out_of_memory || otherwise_ < 0 || otherwise_ == memory_type_) throw;
    }
    return add_block(bytes, otherwise_);
}

/// `bytes` is what can be taken; the buffer is larger where its address is not aligned.
Allocation::Block& Pool::add_block(std::uint64_t bytes, int memory_type) {
    DeviceFunctions& vk = gpu_.vk;
    const VkDevice device = gpu_.handle();
    Allocation::Block& block = blocks_.emplace_back();
    try {
        const VkBufferCreateInfo buffer_info = gpu_.buffer_info(bytes + alignment);
        gpu_.check(vk.vkCreateBuffer(device, &buffer_info, nullptr, &block.buffer), "vkCreateBuffer");
        VkMemoryRequirements needs{};
        vk.vkGetBufferMemoryRequirements(device, block.buffer, &needs);
        block.heap = gpu_.physical().memory.memoryTypes[memory_type].heapIndex;
        gpu_.take_memory(block.heap, needs.size);
        block.taken = needs.size;

        VkMemoryDedicatedAllocateInfo dedicated{};
        dedicated.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO;
        dedicated.buffer = block.buffer;
        VkMemoryAllocateFlagsInfo flags{};
        flags.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO;
        flags.pNext = &dedicated;
        flags.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT;
        VkMemoryAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
        info.pNext = &flags;
        info.allocationSize = needs.size;
        info.memoryTypeIndex = static_cast<std::uint32_t>(memory_type);
        gpu_.check(vk.vkAllocateMemory(device, &info, nullptr, &block.memory), "vkAllocateMemory");
        gpu_.check(vk.vkBindBufferMemory(device, block.buffer, block.memory, 0), "vkBindBufferMemory");
        VkBufferDeviceAddressInfo address_info{};
        address_info.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO;
        address_info.buffer = block.buffer;
        block.address = vk.vkGetBufferDeviceAddress(device, &address_info);
        if (host_visible_) {
            void* host = nullptr;
            gpu_.check(vk.vkMapMemory(device, block.memory, 0, VK_WHOLE_SIZE, 0, &host), "vkMapMemory");
            block.host = static_cast<std::byte*>(host);
        }
    } catch (...) {
        destroy(block);
        blocks_.pop_back();
        throw;
    }
    const std::uint64_t skew = round_up(block.address) - block.address;
    block.bytes = bytes;
    block.ranges = Ranges(skew, skew + bytes);
    return block;
}

void Pool::destroy(Allocation::Block& block) {
    gpu_.vk.vkDestroyBuffer(gpu_.handle(), block.buffer, nullptr);
    gpu_.vk.vkFreeMemory(gpu_.handle(), block.memory, nullptr);
    gpu_.give_memory(block.heap, block.taken);
}

void Pool::release(const Allocation& allocation) {
    const std::lock_guard lock(mutex_);
    allocation.block->ranges.give(allocation.offset, allocation.bytes);
    if (allocation.block->ranges.all_free()) trim_to(1);
}

void Pool::trim() {
    const std::lock_guard lock(mutex_);
    trim_to(0);
}

/// Keeps that many empty blocks of the usual size. Under the mutex.
void Pool::trim_to(std::size_t kept) {
    for (auto block = blocks_.begin(); block != blocks_.end();) {
        if (!block->ranges.all_free() || (block->bytes == block_bytes_ && kept > 0)) {
            if (block->ranges.all_free()) --kept;
            ++block;
            continue;
        }
        destroy(*block);
        block = blocks_.erase(block);
    }
}

std::uint64_t Pool::reserved_bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const Allocation::Block& block : blocks_) sum += block.bytes;
    return sum;
}

}  // namespace sporkle::spirv::vulkan
