// A GPU of the pretended machine with the kernel's scheduler: submissions wait for what they depend on and
// run one after the other on a thread of its own. One that faults or hangs is killed and the GPU reset.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "targets/amdgpu/emulator/gpu/command_processor.hpp"
#include "targets/amdgpu/emulator/kernel/context.hpp"
#include "targets/amdgpu/emulator/kernel/shared.hpp"

namespace sporkle::amdgpu::emulator {

struct Job {
    struct Buffer {
        std::uint64_t address;
        std::uint32_t words;
        bool acquire;  ///< EMIT_MEM_SYNC
        bool keep_caches;
    };
    std::shared_ptr<Context> context;
    std::uint32_t ring = 0;
    std::uint64_t number = 0;
    std::shared_ptr<const PageTable> table;
    Residency residency;
    std::vector<Buffer> buffers;
    Fences dependencies;
    FencePtr fence;
    std::shared_ptr<emulator::Buffer> user_fence;  ///< gets the number at user_fence_offset
    std::uint64_t user_fence_offset = 0;
};

class Node {
  public:
    Node(const GpuModel& model, Shared& shared);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const GpuModel& model() const { return gpu_.model; }
    const std::shared_ptr<SharedMemory>& memory() const { return memory_; }
    std::uint64_t ticks() const { return gpu_.ticks(); }

    // What follows is called with the kernel's lock held.
    void submit(std::unique_ptr<Job> job);
    std::uint32_t resets() const { return resets_; }
    std::uint32_t vram_losses() const { return vram_losses_; }
    /// Jobs wait while it is held.
    void hold(bool is_held);
    std::vector<DispatchReport>& dispatches() { return dispatches_; }
    /// Buffers in VRAM, whose contents a reset may lose.
    std::vector<std::weak_ptr<Buffer>>& vram_buffers() { return vram_buffers_; }
    /// Bytes of those that have to lie where the CPU sees them.
    std::uint64_t visible_bytes() const;

  private:
    void work();
    std::deque<std::unique_ptr<Job>>::iterator next_job();
    void execute(const Job& job);                      ///< without the lock; throws GpuFault
    void expect_no_copies(const Job::Buffer& buffer);  ///< throws GpuFault
    void end(Job& job, int error);
    void reset(Job& job, const std::string& fault);

    Shared& shared_;
    const GpuModel model_;
    std::shared_ptr<SharedMemory> memory_;
    Gpu gpu_;
    std::vector<CommandProcessor> rings_;
    std::deque<std::unique_ptr<Job>> jobs_;
    std::vector<DispatchReport> dispatches_;
    std::vector<std::weak_ptr<Buffer>> vram_buffers_;
    std::uint32_t resets_ = 0, vram_losses_ = 0;
    bool held_ = false, ending_ = false;
    std::thread worker_;  // the last one: it uses the others
};

}  // namespace sporkle::amdgpu::emulator
