// Device memory of one type. Drivers allow few allocations and take long for each, so small buffers share
// blocks; a large one gets a block of its own.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>

#include "targets/spirv/run/gpu.hpp"
#include "targets/spirv/run/ranges.hpp"

namespace sporkle::spirv::vulkan {

/// A piece of memory, all of it inside one Vulkan buffer.
struct Allocation {
    struct Block;
    Block* block = nullptr;
    VkBuffer buffer = VK_NULL_HANDLE;
    std::uint64_t offset = 0;   ///< in the buffer
    std::uint64_t bytes = 0;    ///< rounded up
    std::uint64_t address = 0;  ///< a multiple of Pool::alignment
    std::byte* host = nullptr;  ///< null where the CPU does not see it
};

class Pool {
  public:
    static constexpr std::uint64_t alignment = 256;

    /// Blocks of `block_bytes`. Memory that the CPU can see is mapped as long as it lives. Where the driver
    /// has no more of that type, blocks of the type `otherwise` do, which the CPU sees, too, if it sees the
    /// first.
    Pool(Gpu& gpu, int memory_type, std::uint64_t block_bytes, int otherwise = -1);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Thread-safe. Throws Error(out_of_memory) with everything in place as before.
    Allocation allocate(std::uint64_t bytes);
    /// For memory that the GPU no longer uses. One empty block stays for the next allocation.
    void release(const Allocation& allocation);
    /// Gives all empty blocks back to the driver.
    void trim();

    bool host_visible() const { return host_visible_; }
    std::uint64_t reserved_bytes() const;  ///< taken from the driver

  private:
    Allocation::Block& add_block(std::uint64_t bytes);
    Allocation::Block& add_block(std::uint64_t bytes, int memory_type);
    void destroy(Allocation::Block& block);
    void trim_to(std::size_t kept);

    Gpu& gpu_;
    const int memory_type_, otherwise_;
    const std::uint64_t block_bytes_;
    std::uint64_t largest_ = 0;  ///< allocation
    bool host_visible_ = false;
    mutable std::mutex mutex_;
    std::list<Allocation::Block> blocks_;
};

struct Allocation::Block {
    VkDeviceMemory memory = VK_NULL_HANDLE;
    VkBuffer buffer = VK_NULL_HANDLE;
    std::uint64_t bytes = 0, address = 0;
    std::uint32_t heap = 0;
    std::uint64_t taken = 0;  ///< of the heap: what the driver needs for `bytes`
    std::byte* host = nullptr;
    Ranges ranges{0, 0};
};

}  // namespace sporkle::spirv::vulkan
