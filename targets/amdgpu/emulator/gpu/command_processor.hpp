// The command processor of a compute ring: executes packets.
//
// Dispatches are started and go on by themselves, as on hardware: their workgroups run when somebody waits
// for them (CS_PARTIAL_FLUSH, RELEASE_MEM, the end of a submission), the last one first. So what relies on an
// order that was not asked for does not get it, and caches that are invalidated too early are stale.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "targets/amdgpu/emulator/gpu/dispatcher.hpp"
#include "targets/amdgpu/emulator/gpu/gpu_fault.hpp"
#include "targets/amdgpu/emulator/gpu/shader_registers.hpp"
#include "targets/amdgpu/pm4/decode.hpp"

namespace sporkle::amdgpu::emulator {

/// What all rings of a GPU share.
struct Gpu {
    explicit Gpu(const GpuModel& model) : model(model), units(model, memory) {}

    const GpuModel& model;
    GpuMemory memory;
    ComputeUnits units;
    DispatchOptions options;
    std::atomic<std::uint64_t> cycles{1000000};  ///< of the engine clock, since some past time
    /// Called with each dispatch that has ended.
    std::function<void(const DispatchReport&)> on_dispatch;
    std::atomic<bool> stop{false};   ///< ends polling
    double poll_limit_seconds = 10;  ///< of a WAIT_REG_MEM, after which the ring hangs

    std::uint64_t ticks() const {
        const std::uint64_t now = cycles, engine = model.engine_khz;
        return now / engine * model.counter_khz + now % engine * model.counter_khz / engine;
    }
};

class CommandProcessor {
  public:
    explicit CommandProcessor(Gpu& gpu) : gpu_(gpu), registers_(gpu.model.chip->generation) {}

    /// Executes a buffer of packets. Throws GpuFault.
    void execute(std::uint64_t address, std::uint32_t words);
    /// What the kernel driver puts around buffers: invalidation of all caches, and its fence. Throws
    /// GpuFault.
    void acquire_everything();
    void finish(bool keep_caches);
    /// After a fault: registers as they were at first, nothing in flight.
    void reset();

  private:
    void run(std::uint64_t address, std::uint32_t words, int depth);
    bool packet(const pm4::Packet& packet, int depth);  ///< false: the buffer ends here
    void wait_for_dispatches();
    void caches_gcn(bool write_back, bool invalidate_l2, bool vector, bool scalar, bool code);

    void operator()(const pm4::Nop&) {}
    // Packets without contents have faults, and never come here; the other two change where execution goes
    // on.
    void operator()(const pm4::Unknown&) {}
    void operator()(const pm4::IndirectBuffer&) {}
    void operator()(const pm4::PredExec&) {}
    void operator()(const pm4::AcquireMem& p);
    void operator()(const pm4::ReleaseMem& p);
    void operator()(const pm4::CopyData& p);
    void operator()(const pm4::WriteData& p);
    void operator()(const pm4::WaitRegMem& p);
    void operator()(const pm4::DmaData& p);
    void operator()(const pm4::DispatchDirect& p);
    void operator()(const pm4::DispatchIndirect& p);
    void operator()(const pm4::SetRegisters& p);
    void operator()(const pm4::EventWrite& p);

    void write(std::uint64_t address, const void* from, std::uint64_t bytes, const char* what, bool through);
    void read(std::uint64_t address, void* to, std::uint64_t bytes, const char* what);
    bool bypasses_l2() const { return gpu_.model.chip->is(amdgpu::Generation::gfx12); }

    struct Started {
        DispatchSetup setup;
        std::string place;  ///< of its packet, for messages
    };

    Gpu& gpu_;
    ShaderRegisters registers_;
    std::vector<Started> started_;
    std::string place_;  ///< of the packet in hand
    std::uint64_t skipped_words_ = 0;
    std::uint64_t packets_ = 0;  ///< of this submission
};

}  // namespace sporkle::amdgpu::emulator
