// Arrays on a GPU.
#pragma once

#include <memory>

#include "runtime/device.hpp"
#include "targets/amdgpu/run/engine.hpp"

namespace sporkle::amdgpu {

class Memory final : public runtime::DeviceMemory {
  public:
    explicit Memory(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

    std::unique_ptr<runtime::DeviceBuffer> allocate(std::size_t bytes) override;
    void upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) override;
    void download(const runtime::DeviceBuffer& from, std::size_t offset, void* to,
                  std::size_t bytes) override;

  private:
    std::shared_ptr<Engine> engine_;
};

}  // namespace sporkle::amdgpu
