// Everything that belongs to one opened GPU. Whoever holds memory or code of it holds this.
#pragma once

#include <memory>
#include <optional>

#include <sporkle/executor.hpp>

#include "targets/spirv/run/gpu.hpp"
#include "targets/spirv/run/pipeline_cache.hpp"
#include "targets/spirv/run/pool.hpp"
#include "targets/spirv/run/probe.hpp"
#include "targets/spirv/run/queue.hpp"
#include "targets/spirv/run/slots.hpp"
#include "targets/spirv/run/staging.hpp"

namespace sporkle::spirv::vulkan {

class Engine {
  public:
    /// Opens the GPU and probes its arithmetic. Throws Error(device_failure), Error(out_of_memory).
    Engine(const Instance& instance, PhysicalDevice physical);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    Gpu gpu;
    Queue compute;
    std::optional<Queue> copies;  ///< where the GPU can copy beside its kernels
    Pool memory;                  ///< for arrays; the CPU sees it where gpu.unified()
    Pool words;                   ///< small, written by the CPU, read by kernels
    Pool transit;                 ///< what uploads and downloads go through
    Pool signals;                 ///< of the process, written by the GPU when it is done
    Staging staging;
    Slots slots;
    PipelineCache cache;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    Numerics numerics;

    Queue& copy_queue() { return copies ? *copies : compute; }

    /// Whether launches end by writing a word that the CPU looks at, which is sooner than the timeline.
    bool done_words = false;

    /// Allocates from `memory`, if need be after everything is given back that can be.
    Allocation allocate(std::uint64_t bytes);
    /// Whether the CPU looks at what kernels write, at arrays or at guards.
    bool cpu_reads() const { return gpu.unified() || numerics.loop_turns > 0; }
    /// For kernels whose loops the driver left before their end. Throws Error(device_failure).
    [[noreturn]] void report_early_end() const;
    /// Frees it as soon as all work is done that has been submitted by now. Never throws.
    void retire(const Allocation& allocation) noexcept { retire({allocation, VK_NULL_HANDLE, 0, 0}); }
    void retire(VkPipeline pipeline) noexcept { retire({{}, pipeline, 0, 0}); }

  private:
    struct Retired {
        Allocation allocation;  ///< one of the two
        VkPipeline pipeline;
        std::uint64_t compute, copies;  ///< submissions that may still use it
    };
    void retire(Retired retired) noexcept;
    bool is_idle(const Retired& retired);
    void release(const Retired& retired);
    void release_retired();

    std::mutex mutex_;
    std::vector<Retired> retired_;
};

}  // namespace sporkle::spirv::vulkan
