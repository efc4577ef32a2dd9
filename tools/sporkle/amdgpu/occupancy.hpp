// How many waves of a kernel a SIMD can hold at a time.
//
//   waves = min(W, ⌊V / v⌋, ⌊S / s⌋, ⌈G·g / U⌉)
//
//   W  waves that a SIMD has room for
//   V  32-bit vector registers of a SIMD, per lane of the kernel's waves; v those of a wave, in whole units
//   S  scalar registers of a SIMD, s those of a wave; only GFX9 allocates them
//   G  workgroups that a compute unit holds (in WGP mode: that a pair of them holds): as many as its LDS,
//      which is given out in units of 512 bytes, from GFX10.3 on of 1024, and its barriers (16, for groups of
//      several waves) allow
//   g  waves of a workgroup; U SIMDs of the compute unit, or of the pair
//
// Sources: LLVM "User Guide for AMDGPU Backend" and llvm/lib/Target/AMDGPU (AMDGPUBaseInfo.cpp: register
// granules, waves per execution unit, barriers); Mesa src/amd/common/ac_gpu_info.c (units of LDS).
#pragma once

#include <cstdint>

#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::command {

/// What a wave and its workgroup take.
struct WaveNeeds {
    std::uint32_t wave_size = 64;
    std::uint32_t vgprs = 1;  ///< with accumulation registers where they share the file
    std::uint32_t sgprs = 0;
    std::uint32_t lds_bytes = 0;  ///< of a workgroup
    std::uint32_t group_waves = 1;
    bool pairs_units = false;  ///< WGP mode
};

struct Occupancy {
    std::uint32_t waves = 0;  ///< of a SIMD; 0 where a workgroup does not fit at all
    std::uint32_t most = 0;   ///< that the SIMD has room for
    const char* limit = "";   ///< what is scarcest: "VGPRs", "SGPRs", "LDS", "barriers", "waves"
};

Occupancy occupancy(const amdgpu::Chip& chip, const WaveNeeds& needs);

}  // namespace sporkle::command
