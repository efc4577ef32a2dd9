// The pretended GPUs: a small part of each chip's generation, whose whole size is emulated. What the kernel
// driver says of them, the number of compute units included, is what the emulator has.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "targets/amdgpu/emulator/isa/chip.hpp"
#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::amdgpu::emulator {

struct GpuModel {
    const amdgpu::Chip* chip = nullptr;         ///< packets and registers
    const emulator::Chip* processor = nullptr;  ///< instructions
    std::uint32_t device_id = 0;
    std::uint32_t family = 0, external_rev = 0, ip_version = 0;
    std::uint32_t shader_engines = 2, arrays_per_engine = 1, units_per_array = 4;
    std::uint32_t counter_khz = 0;  ///< of timestamps
    std::uint64_t engine_khz = 0;   ///< of compute units
    std::uint64_t vram_bytes = 0, gtt_bytes = 0;
    std::uint32_t vgprs_of_simd = 0;  ///< waves of one SIMD share them, in 32-bit registers of a lane
    std::uint32_t waves_of_simd = 0;

    std::uint32_t compute_units() const { return shader_engines * arrays_per_engine * units_per_array; }
    bool has_gl1() const { return chip->major() >= 10; }
};

/// The six chips whose machine code can be executed. Throws Error(unsupported) that lists them.
const GpuModel& model_named(std::string_view chip);
std::span<const GpuModel> models();

}  // namespace sporkle::amdgpu::emulator
