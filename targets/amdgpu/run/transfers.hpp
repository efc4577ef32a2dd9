// Copies by the GPU's command processor (DMA_DATA): to and from memory that the CPU does not see, and from
// memory that it sees but reads slowly. The process's memory takes part directly where the kernel lets the
// GPU see it, else by way of a slot's memory.
//
// Sources: Mesa radv_cp_dma.c, si_cp_dma.c (packets, the most bytes of one, caches that it bypasses on
// GFX12).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "targets/amdgpu/run/queue.hpp"
#include "targets/amdgpu/run/slots.hpp"

namespace sporkle::amdgpu {

class Transfers {
  public:
    Transfers(std::shared_ptr<Gpu> gpu, Queue& queue, Slots& slots)
        : gpu_(std::move(gpu)), queue_(queue), slots_(slots) {}

    /// All throw Error(device_failure); places do not overlap. They are complete when they return.
    void upload(const BufferObject& to, std::size_t offset, const void* from, std::size_t bytes);
    void download(const BufferObject& from, std::size_t offset, void* to, std::size_t bytes);
    void copy(const BufferObject& from, std::size_t from_offset, const BufferObject& to,
              std::size_t to_offset, std::size_t bytes);
    void clear(const BufferObject& buffer, std::size_t offset, std::size_t bytes);
    /// Whether bytes come back as they were sent, which is tried the first time that it is asked.
    bool work();

  private:
    bool probe() noexcept;
    enum class Way : std::uint8_t { upload, download };
    void move(Way way, const BufferObject& device, std::size_t offset, std::byte* host, std::size_t bytes);
    void move_by_slot(Way way, const BufferObject& device, std::size_t offset, std::byte* host,
                      std::size_t bytes);
    bool try_direct(Way way, const BufferObject& device, std::size_t offset, std::byte* host,
                    std::size_t bytes);
    /// `source`: an address, or where `is_fill` a word.
    void run(Slot& slot, std::uint64_t source, bool is_fill, std::uint64_t destination, std::size_t bytes,
             std::initializer_list<const BufferObject*> touched = {});

    std::shared_ptr<Gpu> gpu_;
    Queue& queue_;
    Slots& slots_;
    std::once_flag probed_;
    bool works_ = false;
    std::atomic<bool> takes_process_memory_{true};
};

}  // namespace sporkle::amdgpu
