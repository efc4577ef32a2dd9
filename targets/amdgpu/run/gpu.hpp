// One GPU: its node, its virtual addresses, and every buffer that lives on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>

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
    ~BufferObject();
    BufferObject(const BufferObject&) = delete;
    BufferObject& operator=(const BufferObject&) = delete;

    std::uint64_t address() const { return address_; }
    std::size_t bytes() const { return bytes_; }  ///< whole pages
    std::byte* host() const { return host_; }     ///< null for Domain::vram

  private:
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

    /// The kernel's list of all buffers, which a submission names so that they are where the GPU finds them.
    /// It is made anew when the set has changed.
    class BufferList {
      public:
        BufferList(const Node& node, std::uint32_t handle) : node_(node), handle_(handle) {}
        ~BufferList();
        BufferList(const BufferList&) = delete;
        BufferList& operator=(const BufferList&) = delete;
        std::uint32_t handle() const { return handle_; }

      private:
        const Node& node_;
        std::uint32_t handle_;
    };
    std::shared_ptr<const BufferList> buffer_list();

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
