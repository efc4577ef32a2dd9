// Arrays on a GPU.
#pragma once

#include <memory>

#include "runtime/device.hpp"
#include "targets/amdgpu/run/engine.hpp"

namespace sporkle::amdgpu {

/// What the CPU sees it copies itself, except for much that lies in the GPU's own memory: it writes there
/// fast, but reads a word at a time.
class Memory final : public runtime::DeviceMemory {
  public:
    explicit Memory(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

    std::unique_ptr<runtime::DeviceBuffer> allocate(std::size_t bytes) override;
    void upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) override;
    void download(const runtime::DeviceBuffer& from, std::size_t offset, void* to,
                  std::size_t bytes) override;
    void copy(const runtime::DeviceBuffer& from, std::size_t from_offset, runtime::DeviceBuffer& to,
              std::size_t to_offset, std::size_t bytes) override;
    void clear(runtime::DeviceBuffer& buffer, std::size_t offset, std::size_t bytes) override;

  private:
    std::shared_ptr<Engine> engine_;
};

}  // namespace sporkle::amdgpu
