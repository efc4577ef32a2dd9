// Scratch: memory that each wave in flight has for itself. COMPUTE_TMPRING_SIZE says how much a wave has and
// how many waves there may be; where it lies is told by a buffer descriptor in SGPRs or by a register.
//
// Sources: LLVM "User Guide for AMDGPU Backend", "Private Segment Buffer"; gc_*_sh_mask.h (SQ_BUF_RSRC_WORD*,
// COMPUTE_TMPRING_SIZE); Mesa ac_descriptors.c, ac_gpu_info.c (limit of waves).
#pragma once

#include <array>
#include <cstdint>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/field.hpp"

namespace sporkle::amdgpu::pm4 {

/// Bytes of a wave, rounded up to the chip's unit.
constexpr std::uint64_t scratch_bytes_of_wave(const Chip& chip, std::uint64_t bytes_of_lane,
                                              std::uint32_t wave_size) {
    const std::uint64_t bytes = bytes_of_lane * wave_size, unit = chip.scratch_unit();
    return (bytes + unit - 1) / unit * unit;
}

/// Bytes of the whole buffer for so many waves, which scratch_waves_per_engine() counts in each engine.
constexpr std::uint64_t scratch_bytes(const Chip& chip, std::uint64_t bytes_of_wave, std::uint32_t waves,
                                      std::uint32_t shader_engines) {
    return bytes_of_wave * waves * (chip.scratch_waves_per_engine() ? shader_engines : 1);
}

/// COMPUTE_TMPRING_SIZE without WAVES. Throws where the field is too narrow.
std::uint32_t tmpring_size(const Chip& chip, std::uint64_t bytes_of_wave);

/// The four words of the buffer descriptor in SGPRs for chips with ScratchKind::descriptor. Stride 0, no
/// bound, a lane's words 4 bytes apart from its neighbour's.
constexpr std::array<std::uint32_t, 4> scratch_descriptor(const Chip& chip, bool wave32,
                                                          std::uint64_t address) {
    constexpr Field base_hi{"BASE_ADDRESS_HI", 0, 16}, swizzle_enable{"SWIZZLE_ENABLE", 31, 1};
    constexpr Field index_stride{"INDEX_STRIDE", 21, 2}, add_tid{"ADD_TID_ENABLE", 23, 1};
    constexpr Field format{"FORMAT", 12, 7}, resource_level{"RESOURCE_LEVEL", 24, 1},
        oob_select{"OOB_SELECT", 28, 2};
    constexpr std::uint32_t format_32_float = 22, never_out_of_bounds = 3;
    // Index stride 2 is 32 lanes, 3 is 64. GFX9 uses the bits of the format for the stride when lanes are
    // added.
    const std::uint32_t word3 = chip.is(Generation::gfx10)
                                    ? format(format_32_float) | index_stride(wave32 ? 2 : 3) | add_tid(1) |
                                          resource_level(1) | oob_select(never_out_of_bounds)
                                    : index_stride(3) | add_tid(1);
    return {static_cast<std::uint32_t>(address), base_hi(address >> 32 & 0xFFFF) | swizzle_enable(1),
            0xFFFFFFFF, word3};
}

}  // namespace sporkle::amdgpu::pm4
