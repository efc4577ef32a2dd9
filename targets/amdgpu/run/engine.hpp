// What the device, its executables and its recordings share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "targets/amdgpu/run/gpu.hpp"
#include "targets/amdgpu/run/queue.hpp"
#include "targets/amdgpu/run/slots.hpp"
#include "targets/amdgpu/run/transfers.hpp"

namespace sporkle::amdgpu {

struct Engine {
    explicit Engine(std::unique_ptr<Node> node);

    /// Scratch for waves that need so many bytes each: the present buffer, or a larger one. Whoever uses it
    /// keeps it; submissions run one after the other, so one serves all.
    struct Scratch {
        std::shared_ptr<BufferObject> buffer;
        std::uint32_t waves = 0;
    };
    Scratch scratch(std::uint32_t bytes_of_wave);
    /// For code: in the part of the GPU's own memory that the CPU sees, else in the system's.
    std::unique_ptr<BufferObject> code_memory(std::size_t bytes) const;
    double seconds(std::uint64_t ticks) const;

    std::shared_ptr<Gpu> gpu;
    Queue queue;
    Slots slots;
    Transfers transfers;
    /// Where arrays lie: in the GPU's own memory where it has any, else in the system's; also there where the
    /// CPU does not see all of the GPU's own and transfers do not work.
    Domain array_domain = Domain::gtt;

  private:
    std::mutex mutex_;
    std::shared_ptr<BufferObject> scratch_;
};

}  // namespace sporkle::amdgpu
