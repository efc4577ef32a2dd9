// What the device, its executables and its recordings share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "targets/amdgpu/run/gpu.hpp"
#include "targets/amdgpu/run/queue.hpp"
#include "targets/amdgpu/run/slots.hpp"

namespace sporkle::amdgpu {

struct Engine {
    explicit Engine(std::unique_ptr<Node> node)
        : gpu(std::make_shared<Gpu>(std::move(node))), queue(gpu), slots(gpu) {}

    /// Scratch for waves that need so many bytes each: the present buffer, or a larger one. Whoever uses it
    /// keeps it; submissions run one after the other, so one serves all.
    struct Scratch {
        std::shared_ptr<BufferObject> buffer;
        std::uint32_t waves = 0;
    };
    Scratch scratch(std::uint32_t bytes_of_wave);
    /// Where arrays and code lie: the GPU's own memory as far as the CPU sees all of it, else the system's.
    Domain array_domain() const;
    double seconds(std::uint64_t ticks) const;

    std::shared_ptr<Gpu> gpu;
    Queue queue;
    Slots slots;

  private:
    std::mutex mutex_;
    std::shared_ptr<BufferObject> scratch_;
};

}  // namespace sporkle::amdgpu
