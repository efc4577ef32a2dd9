// Copies between the process's memory and a GPU that has its own: through buffers that both see, in chunks,
// so that the CPU fills or empties one while the GPU copies another.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "targets/spirv/run/pool.hpp"

namespace sporkle::spirv::vulkan {

class Engine;

class Staging {
  public:
    static constexpr std::uint64_t chunk_bytes = 8 << 20;

    explicit Staging(Engine& engine);
    ~Staging();
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    /// Thread-safe; complete when they return. Throw Error(device_failure), Error(out_of_memory).
    void upload(const Allocation& to, std::uint64_t offset, const std::byte* from, std::uint64_t bytes);
    void download(const Allocation& from, std::uint64_t offset, std::byte* to, std::uint64_t bytes);

  private:
    struct Lane;
    class Transfer;

    Lane* take(bool wait);
    void give(Lane* lane) noexcept;
    std::unique_ptr<Lane> make_lane();

    Engine& engine_;
    std::mutex transfers_;  ///< held by a transfer where the driver wants one at a time
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<Lane*> free_;
    std::size_t making_ = 0;  ///< lanes that somebody is about to add
};

}  // namespace sporkle::spirv::vulkan
