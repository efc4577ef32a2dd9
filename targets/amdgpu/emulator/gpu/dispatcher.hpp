// Runs the workgroups of a dispatch on the compute units.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "targets/amdgpu/emulator/gpu/code_cache.hpp"
#include "targets/amdgpu/emulator/gpu/compute_unit.hpp"
#include "targets/amdgpu/emulator/gpu/dispatch_report.hpp"
#include "targets/amdgpu/emulator/gpu/dispatch_setup.hpp"

namespace sporkle::amdgpu::emulator {

/// The compute units of a GPU with their caches.
struct ComputeUnits {
    ComputeUnits(const GpuModel& model, GpuMemory& memory);
    CodeCache code;
    std::vector<std::unique_ptr<ComputeUnit>> units;
};

struct DispatchOptions {
    /// 0: workgroups in ascending order; else an order made from it, so that nothing relies on one.
    std::uint64_t order_seed = 0;
    std::uint64_t instruction_limit = 2'000'000'000;  ///< of a workgroup, after which it hangs
};

/// Throws GpuFault; the message names address, wave, program counter and instruction.
DispatchReport run_dispatch(const GpuModel& model, const DispatchSetup& setup, const PageTable& table,
                            ComputeUnits& units, const DispatchOptions& options);

}  // namespace sporkle::amdgpu::emulator
