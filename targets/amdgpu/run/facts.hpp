// What the kernel says of a GPU.
#pragma once

#include <cstdint>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/run/node.hpp"

namespace sporkle::amdgpu {

/// Bytes of a page of the GPU.
inline constexpr std::uint32_t page_bytes = 4096;

struct GpuFacts {
    const Chip* chip = nullptr;
    std::uint32_t device_id = 0;
    std::uint32_t shader_engines = 1, compute_units = 1;
    std::uint32_t counter_khz = 0;         ///< of timestamps; 0 where the kernel does not tell
    std::uint32_t ring = 0;                ///< the compute ring that is used
    std::uint32_t ib_size_alignment = 32;  ///< bytes that the length of a buffer of packets is a multiple of
    std::uint64_t va_begin = 0, va_end = 0;
    std::uint32_t va_alignment = page_bytes;
    bool is_integrated = false;  ///< shares the CPU's memory; what it calls its own is a part of that
    std::uint64_t vram_bytes = 0, visible_vram_bytes = 0, gtt_bytes = 0;
};

/// Throws Error(unsupported) for a chip that is not in the table or has no compute ring,
/// Error(device_failure) where the kernel does not answer.
GpuFacts read_facts(const Node& node);

}  // namespace sporkle::amdgpu
