// What was counted of a dispatch.
#pragma once

#include <cstdint>

#include "targets/amdgpu/emulator/isa/counters.hpp"

namespace sporkle::amdgpu::emulator {

struct DispatchReport {
    std::uint64_t program = 0;  ///< address of the code
    std::uint64_t groups = 0, waves = 0;
    int wave_size = 0;
    int vgprs = 0, accumulators = 0, lds_bytes = 0;  ///< allocated
    std::uint64_t scratch_wave_bytes = 0;
    int occupancy = 0;         ///< waves that a SIMD can hold at a time, by registers and LDS
    std::uint64_t cycles = 0;  ///< of the dispatch in the issue model, all compute units at work
    Counters counters;         ///< sums over all workgroups
};

}  // namespace sporkle::amdgpu::emulator
