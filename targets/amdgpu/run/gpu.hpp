// One GPU: its node, its virtual addresses, and every buffer that lives on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "targets/amdgpu/run/address_space.hpp"
#include "targets/amdgpu/run/facts.hpp"
#include "targets/amdgpu/run/node.hpp"

namespace sporkle::amdgpu {

class Gpu;

enum class Domain : std::uint8_t {
    vram,          ///< the GPU's own memory, which the CPU need not see
    visible_vram,  ///< the GPU's own memory in the part that the CPU sees
    gtt,           ///< the system's memory, cached by the CPU
};

/// A buffer of the kernel's (GEM object), mapped for the GPU, and for the CPU unless it lies where that does
/// not see it.
class BufferObject {
  public:
    /// At least `bytes`, zeroed; throws Error(out_of_memory) or Error(device_failure). `executable`: holds
    /// code.
    BufferObject(std::shared_ptr<Gpu> gpu, std::size_t bytes, Domain domain, bool executable = false);
    /// Whole pages of the process's own memory, which outlive this. No submission lists it by itself
    /// (Gpu::buffer_list), since one that lists memory that is gone fails. Throws Error where the kernel does
    /// not take it.
    BufferObject(std::shared_ptr<Gpu> gpu, void* memory, std::size_t bytes);
    ~BufferObject();
    BufferObject(const BufferObject&) = delete;
    BufferObject& operator=(const BufferObject&) = delete;

    std::uint64_t address() const { return address_; }
    std::size_t bytes() const { return bytes_; }  ///< whole pages
    std::byte* host() const { return host_; }     ///< null for Domain::vram and the process's own memory
    std::uint32_t handle() const { return handle_; }

  private:
    std::string size() const;  ///< for messages
    void map(std::uint64_t alignment, bool executable);
    void show_to_cpu();
    void release() noexcept;

    std::shared_ptr<Gpu> gpu_;
    std::size_t bytes_ = 0;
    std::uint32_t handle_ = 0;
    std::uint64_t address_ = 0;
    bool is_mapped_ = false;
    std::byte* host_ = nullptr;
};

class Gpu {
  public:
    explicit Gpu(std::unique_ptr<Node> node);
    ~Gpu();

    const Node& node() const { return *node_; }
    const GpuFacts& facts() const { return facts_; }
    AddressSpace& addresses() { return addresses_; }

    /// A list of all buffers, which a submission names so that they are where the GPU finds them: one that
    /// the kernel keeps, or where it keeps none the handles themselves.
    class BufferList {
      public:
        BufferList(const Node& node, std::vector<std::uint32_t> handles, bool is_kept);
        ~BufferList();
        BufferList(const BufferList&) = delete;
        BufferList& operator=(const BufferList&) = delete;
        std::uint32_t kept() const { return kept_; }  ///< the kernel's number; 0: it keeps none
        std::span<const std::uint32_t> handles() const { return handles_; }

      private:
        const Node& node_;
        std::vector<std::uint32_t> handles_;
        std::uint32_t kept_ = 0;
    };
    /// It is made anew when the set of buffers has changed.
    std::shared_ptr<const BufferList> buffer_list();
    /// A list of these alone, for one submission.
    std::shared_ptr<const BufferList> list_of(std::span<const BufferObject* const> buffers);

  private:
    friend class BufferObject;
    void add(std::uint32_t handle);
    void remove(std::uint32_t handle) noexcept;

    std::unique_ptr<Node> node_;
    GpuFacts facts_;
    AddressSpace addresses_;
    std::mutex mutex_;  ///< guards what follows
    std::set<std::uint32_t> buffers_;
    std::shared_ptr<const BufferList> list_;  ///< null: out of date
};

}  // namespace sporkle::amdgpu
