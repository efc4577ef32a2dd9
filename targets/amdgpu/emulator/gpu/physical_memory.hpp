// The memory that buffers lie in: one file in memory, of which the GPU has a view and CPU mappings are
// others. VRAM comes first, then what of the system's memory the GPU reaches (GTT). Pages that nobody wrote
// take nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace sporkle::amdgpu::emulator {

enum class Heap : std::uint8_t { vram, gtt };

/// Not thread-safe; the bytes are the users' affair.
class PhysicalMemory {
  public:
    /// Throws Error(out_of_memory) where the system has no room for the view.
    PhysicalMemory(std::uint64_t vram_bytes, std::uint64_t gtt_bytes);
    ~PhysicalMemory();
    PhysicalMemory(const PhysicalMemory&) = delete;
    PhysicalMemory& operator=(const PhysicalMemory&) = delete;

    /// Offset in the file of so many zero bytes; nothing where the heap is full.
    std::optional<std::uint64_t> allocate(Heap heap, std::uint64_t bytes, std::uint64_t alignment);
    void free(Heap heap, std::uint64_t offset, std::uint64_t bytes);

    std::byte* at(std::uint64_t offset) const { return view_ + offset; }
    int file() const { return file_; }
    std::uint64_t used(Heap heap) const { return used_[static_cast<int>(heap)]; }

  private:
    std::uint64_t bytes_ = 0;
    int file_ = -1;
    std::byte* view_ = nullptr;
    std::map<std::uint64_t, std::uint64_t> free_[2];  ///< beginning to end
    std::uint64_t used_[2] = {};
};

}  // namespace sporkle::amdgpu::emulator
