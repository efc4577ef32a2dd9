// The registers that SET_SH_REG and SET_UCONFIG_REG write for compute, on every generation.
//
// An offset counts dwords from the beginning of the packet's window: SET_SH_REG's begins at dword 0x2C00
// (byte 0xB000) and has 0x400 registers, SET_UCONFIG_REG's at dword 0xC000.
//
// Sources: Linux drivers/gpu/drm/amd/include/asic_reg/gc/gc_{9_0,9_4_2,9_4_3,10_3_0,11_0_0,12_0_0}_offset.h,
// soc15d.h and nvd.h (windows); Mesa src/amd/registers/gfx*.json, src/amd/common/ac_cmdbuf.c.
#pragma once

#include <cstdint>
#include <span>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/field.hpp"

namespace sporkle::amdgpu::pm4 {

/// What Sporkle's own streams write; the table has more rows than that.
enum class Reg : std::uint8_t {
    other,
    start_x,
    num_thread_x,
    num_thread_y,
    num_thread_z,
    perfcount_enable,
    pgm_lo,
    pgm_hi,
    dispatch_pkt_addr_lo,
    dispatch_scratch_base_lo,
    dispatch_scratch_base_hi,
    pgm_rsrc1,
    pgm_rsrc2,
    vmid,
    resource_limits,
    static_thread_mgmt_se0,
    static_thread_mgmt_se2,
    static_thread_mgmt_se4,
    static_thread_mgmt_se8,
    tmpring_size,
    restart_x,
    user_accum_0,
    tg_chunk_size,
    pgm_rsrc3,
    dispatch_interleave,
    user_data_0,
    dispatch_tunnel,
    coher_start_delay,
};

enum class Space : std::uint8_t { sh, uconfig };
/// First dword of the window and the number of its registers.
constexpr std::uint32_t window_start(Space space) { return space == Space::sh ? 0x2C00 : 0xC000; }
constexpr std::uint32_t window_size(Space space) { return space == Space::sh ? 0x400 : 0x4000; }

struct Register {
    Reg reg;
    Space space;
    std::uint16_t offset;           ///< in its window
    std::uint8_t generations;       ///< set: bit Generation
    const char* name;               ///< as the public headers spell it
    std::span<const Field> fields;  ///< empty: all 32 bits are one value

    constexpr bool is_on(Generation g) const { return generations >> static_cast<int>(g) & 1; }
    /// Bits that a field covers.
    constexpr std::uint32_t defined_bits() const {
        if (fields.empty()) return ~0u;
        std::uint32_t bits = 0;
        for (const Field& field : fields) bits |= field.mask();
        return bits;
    }
};

std::span<const Register> registers();
/// Null where the generation has no such register in this table.
const Register* find_register(Generation generation, Space space, std::uint32_t offset);
const Register* find_register(Generation generation, Reg reg);
/// Throws Error(unsupported) that names register and generation.
std::uint32_t offset_of(Generation generation, Reg reg);

}  // namespace sporkle::amdgpu::pm4
