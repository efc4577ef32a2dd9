// What a dispatch means: the compute registers and the packet taken apart, and everything refused that
// hardware would hang on, ignore or do otherwise than it was meant.
#pragma once

#include <cstdint>

#include "targets/amdgpu/emulator/gpu/model.hpp"
#include "targets/amdgpu/emulator/gpu/shader_registers.hpp"
#include "targets/amdgpu/pm4/packets/dispatch.hpp"

namespace sporkle::amdgpu::emulator {

struct DispatchSetup {
    std::uint64_t program = 0;  ///< address of the code
    int wave_size = 64;
    std::uint32_t first[3] = {}, end[3] = {};  ///< workgroups [first, end)
    std::uint32_t group_size[3] = {};          ///< work-items
    std::uint32_t last_size[3] = {};           ///< of the last group in each direction
    int vgprs = 0, accumulators = 0;           ///< allocated to a wave
    int sgprs = 0;
    int lds_bytes = 0;
    std::uint32_t mode = 0;  ///< Launch::mode
    int user_sgprs = 0;
    std::uint32_t user_data[16] = {};
    bool both_units = false;  ///< WGP_MODE: the waves are spread over a workgroup processor's compute units
    bool group_id[3] = {};
    bool group_info = false;  ///< TG_SIZE_EN
    int work_item_ids = 1;    ///< directions
    bool scratch = false;
    std::uint64_t scratch_base = 0;  ///< where the chip has it in a register
    std::uint64_t scratch_wave_bytes = 0;
    std::uint32_t scratch_waves = 0;  ///< of the chip, or of a shader engine
    /// Compute units that may work, bit by number: engine by engine, array by array.
    std::uint64_t units = 0;

    std::uint32_t items() const { return group_size[0] * group_size[1] * group_size[2]; }
    std::uint32_t waves() const {
        const auto lanes = static_cast<std::uint32_t>(wave_size);
        return (items() + lanes - 1) / lanes;
    }
    std::uint64_t groups() const {
        return std::uint64_t{end[0] - first[0]} * (end[1] - first[1]) * (end[2] - first[2]);
    }
};

/// Throws GpuFault that names register, field and value.
DispatchSetup dispatch_setup(const GpuModel& model, const ShaderRegisters& registers,
                             const pm4::DispatchDirect& packet);

}  // namespace sporkle::amdgpu::emulator
