// A buffer (GEM object) as the GPU sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "targets/amdgpu/emulator/gpu/fence.hpp"
#include "targets/amdgpu/emulator/gpu/physical_memory.hpp"

namespace sporkle::amdgpu::emulator {

/// Memory shared by all buffers of a GPU, with the lock that guards its ranges.
struct SharedMemory {
    SharedMemory(std::uint64_t vram_bytes, std::uint64_t gtt_bytes) : memory(vram_bytes, gtt_bytes) {}
    std::mutex mutex;
    PhysicalMemory memory;
};

/// Lives as long as a handle, a mapping or a job refers to it.
struct Buffer {
    Buffer() = default;
    ~Buffer() {
        if (!memory) return;
        const std::lock_guard lock(memory->mutex);
        memory->memory.free(heap, offset, bytes);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    std::uint32_t number = 0;  ///< for messages: the handle that it was made with
    std::uint64_t bytes = 0;
    std::uint64_t flags = 0;  ///< AMDGPU_GEM_CREATE_*
    bool always_valid = false;
    std::byte* host = nullptr;  ///< all of it, in the GPU's view

    std::shared_ptr<SharedMemory> memory;  ///< null: the program's own memory (userptr)
    Heap heap = Heap::gtt;
    std::uint64_t offset = 0;       ///< in the shared memory's file
    std::uint64_t mmap_offset = 0;  ///< what mmap calls it
    Fences users;                   ///< jobs that have it in their list and have not ended
};

}  // namespace sporkle::amdgpu::emulator
