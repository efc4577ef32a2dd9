// The chips, one row each: how the kernel names them and everything in which dispatching to them differs.
//
// Sources: LLVM "User Guide for AMDGPU Backend" (processors, initial kernel execution state, kernel
// descriptor); Linux drivers/gpu/drm/amd/amdgpu (amdgpu_discovery.c, soc15.c, nv.c, soc21.c, soc24.c: IP
// versions, external revisions); Mesa src/amd/common (amdgpu_devices, ac_gpu_info.c, amd_family.h: revision
// ranges).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sporkle::amdgpu {

/// What register maps, packet layouts and descriptors differ by. gfx90a and gfx942 are GFX9 with changes.
enum class Generation : std::uint8_t { gfx9, gfx90a, gfx942, gfx10, gfx11, gfx12 };
inline constexpr int generation_count = 6;
const char* name_of(Generation generation);

/// Where a kernel finds its workgroup's number.
enum class GroupIds : std::uint8_t {
    scalar_registers,  ///< after the user SGPRs
    trap_temporaries,  ///< TTMP9 = x, TTMP7 = y | z << 16
};

/// Where a kernel finds its work-item's number.
enum class WorkItemIds : std::uint8_t {
    one_register_each,  ///< v0, v1, v2
    packed,             ///< v0: x in [9:0], y in [19:10], z in [29:20]
};

enum class ScratchKind : std::uint8_t {
    descriptor,   ///< a buffer descriptor in user SGPRs and the wave's offset in an SGPR
    architected,  ///< COMPUTE_DISPATCH_SCRATCH_BASE; hardware adds the wave's offset
};

struct Chip {
    const char* name;       ///< LLVM's -mcpu: "gfx1100"
    const char* marketing;  ///< "Navi31"
    Generation generation;

    struct Revisions {
        std::uint32_t family = 0;           ///< drm_amdgpu_info_device::family, 0 for no row
        std::uint32_t first = 0, last = 0;  ///< of external_rev, both included
    };
    std::uint32_t versions[3] = {};  ///< of its graphics IP: major << 16 | minor << 8 | revision, 0 for none
    Revisions revisions[2] = {};

    WorkItemIds work_item_ids = WorkItemIds::packed;
    bool pads_user_sgprs =
        false;  ///< LLVM makes user and group id SGPRs reach 16, for a fault of the hardware
    std::uint8_t engine_masks = 4;  ///< COMPUTE_STATIC_THREAD_MGMT_SE* registers to program

    constexpr bool is(Generation g) const { return generation == g; }
    constexpr int major() const {
        return generation == Generation::gfx12   ? 12
               : generation == Generation::gfx11 ? 11
               : generation == Generation::gfx10 ? 10
                                                 : 9;
    }
    constexpr bool has_wave32() const { return major() >= 10; }  // all chips have wave64
    constexpr GroupIds group_ids() const {
        return major() >= 12 ? GroupIds::trap_temporaries : GroupIds::scalar_registers;
    }
    constexpr ScratchKind scratch() const {
        return major() >= 11 || is(Generation::gfx942) ? ScratchKind::architected : ScratchKind::descriptor;
    }
    /// Bytes that a unit of COMPUTE_TMPRING_SIZE.WAVESIZE stands for.
    constexpr std::uint32_t scratch_unit() const { return major() >= 11 ? 256 : 1024; }
    /// Whether COMPUTE_TMPRING_SIZE.WAVES counts the waves of one shader engine instead of the chip's.
    constexpr bool scratch_waves_per_engine() const { return major() >= 11; }
    /// Whether RSRC3 says where a wave's accumulation registers begin.
    constexpr bool has_accumulation_offset() const {
        return is(Generation::gfx90a) || is(Generation::gfx942);
    }
    /// Bytes that a unit of COMPUTE_PGM_RSRC2.LDS_SIZE stands for, and what a workgroup may have.
    constexpr std::uint32_t lds_unit() const { return 512; }
    constexpr std::uint32_t lds_bytes() const { return 65536; }
    /// User SGPRs that COMPUTE_USER_DATA_* can fill.
    constexpr std::uint32_t user_sgprs() const { return 16; }
};

std::span<const Chip> chips();

/// The chip of LLVM's name; null where this table has none.
const Chip* find_chip(std::string_view name);
/// Throws Error(unsupported) with the names that there are.
const Chip& chip_named(std::string_view name);

/// The chip that a kernel driver describes. `version` (ip_discovery_version) decides where it is not 0;
/// family and external_rev do else. Throws Error(unsupported) that names the numbers where no row fits.
const Chip& identify(std::uint32_t family, std::uint32_t external_rev, std::uint32_t version);

}  // namespace sporkle::amdgpu
