#include "targets/amdgpu/pm4/registers.hpp"

#include <string>

#include "targets/amdgpu/pm4/register_fields.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

constexpr std::uint8_t bit(Generation g) { return static_cast<std::uint8_t>(1u << static_cast<int>(g)); }
constexpr std::uint8_t g9 = bit(Generation::gfx9), g90a = bit(Generation::gfx90a),
                       g942 = bit(Generation::gfx942), g10 = bit(Generation::gfx10),
                       g11 = bit(Generation::gfx11), g12 = bit(Generation::gfx12);
constexpr std::uint8_t gcn = g9 | g90a | g942, rdna = g10 | g11 | g12, every = gcn | rdna;

constexpr Field address_hi[] = {pgm_hi::data};
constexpr Field scratch_hi[] = {scratch_base_hi::data};
constexpr Field threads[] = {num_thread::full, num_thread::partial};
constexpr Field threads_gfx12[] = {num_thread::full_gfx12, num_thread::interleave_bits, num_thread::partial};
constexpr Field rsrc1_gcn[] = {rsrc1::vgprs, rsrc1::sgprs,      rsrc1::priority,   rsrc1::float_mode,
                               rsrc1::priv,  rsrc1::dx10_clamp, rsrc1::debug_mode, rsrc1::ieee_mode,
                               rsrc1::bulky, rsrc1::cdbg_user,  rsrc1::fp16_ovfl};
constexpr Field rsrc1_rdna[] = {rsrc1::vgprs,       rsrc1::sgprs,       rsrc1::priority,   rsrc1::float_mode,
                                rsrc1::priv,        rsrc1::dx10_clamp,  rsrc1::debug_mode, rsrc1::ieee_mode,
                                rsrc1::bulky,       rsrc1::cdbg_user,   rsrc1::fp16_ovfl,  rsrc1::wgp_mode,
                                rsrc1::mem_ordered, rsrc1::fwd_progress};
constexpr Field rsrc1_gfx12[] = {
    rsrc1::vgprs,     rsrc1::sgprs,      rsrc1::priority,     rsrc1::float_mode,  rsrc1::priv,
    rsrc1::wg_rr_en,  rsrc1::debug_mode, rsrc1::disable_perf, rsrc1::bulky,       rsrc1::cdbg_user,
    rsrc1::fp16_ovfl, rsrc1::wgp_mode,   rsrc1::mem_ordered,  rsrc1::fwd_progress};
constexpr Field rsrc2_fields[] = {rsrc2::scratch_en, rsrc2::user_sgpr,      rsrc2::trap_present,
                                  rsrc2::tgid_x_en,  rsrc2::tgid_y_en,      rsrc2::tgid_z_en,
                                  rsrc2::tg_size_en, rsrc2::tidig_comp_cnt, rsrc2::excp_en_msb,
                                  rsrc2::lds_size,   rsrc2::excp_en};
constexpr Field rsrc2_gfx12[] = {rsrc2::scratch_en, rsrc2::user_sgpr,      rsrc2::dynamic_vgpr,
                                 rsrc2::tgid_x_en,  rsrc2::tgid_y_en,      rsrc2::tgid_z_en,
                                 rsrc2::tg_size_en, rsrc2::tidig_comp_cnt, rsrc2::excp_en_msb,
                                 rsrc2::lds_size,   rsrc2::excp_en};
constexpr Field rsrc3_cdna[] = {rsrc3::accum_offset, rsrc3::tg_split};
constexpr Field rsrc3_gfx10[] = {rsrc3::shared_vgpr_cnt};
constexpr Field rsrc3_gfx11[] = {rsrc3::shared_vgpr_cnt, rsrc3::inst_pref_size, rsrc3::trap_on_start,
                                 rsrc3::trap_on_end, rsrc3::image_op};
constexpr Field rsrc3_gfx12[] = {rsrc3::inst_pref_size_gfx12, rsrc3::glg_en, rsrc3::image_op};
constexpr Field limits[] = {resource_limits::waves_per_sh,    resource_limits::tg_per_cu,
                            resource_limits::lock_threshold,  resource_limits::simd_dest_cntl,
                            resource_limits::force_simd_dist, resource_limits::cu_group_count};
constexpr Field engines[] = {static_thread_mgmt::sh0_cu_en, static_thread_mgmt::sh1_cu_en};
constexpr Field tmpring_gfx9[] = {tmpring::waves, tmpring::wavesize};
constexpr Field tmpring_gfx11[] = {tmpring::waves, tmpring::wavesize_gfx11};
constexpr Field tmpring_gfx12[] = {tmpring::waves, tmpring::wavesize_gfx12};
constexpr Field interleave[] = {dispatch_interleave::interleave};

using R = Reg;
constexpr Space sh = Space::sh, uconfig = Space::uconfig;

constexpr Register table[] = {
    {R::start_x, sh, 0x204, every, "COMPUTE_START_X", {}},
    {R::other, sh, 0x205, every, "COMPUTE_START_Y", {}},
    {R::other, sh, 0x206, every, "COMPUTE_START_Z", {}},
    {R::num_thread_x, sh, 0x207, gcn | g10 | g11, "COMPUTE_NUM_THREAD_X", threads},
    {R::num_thread_y, sh, 0x208, gcn | g10 | g11, "COMPUTE_NUM_THREAD_Y", threads},
    {R::num_thread_x, sh, 0x207, g12, "COMPUTE_NUM_THREAD_X", threads_gfx12},
    {R::num_thread_y, sh, 0x208, g12, "COMPUTE_NUM_THREAD_Y", threads_gfx12},
    {R::num_thread_z, sh, 0x209, every, "COMPUTE_NUM_THREAD_Z", threads},
    {R::other, sh, 0x20A, every, "COMPUTE_PIPELINESTAT_ENABLE", {}},
    {R::perfcount_enable, sh, 0x20B, every, "COMPUTE_PERFCOUNT_ENABLE", {}},
    {R::pgm_lo, sh, 0x20C, every, "COMPUTE_PGM_LO", {}},
    {R::pgm_hi, sh, 0x20D, every, "COMPUTE_PGM_HI", address_hi},
    {R::dispatch_pkt_addr_lo, sh, 0x20E, g12, "COMPUTE_DISPATCH_PKT_ADDR_LO", {}},
    {R::other, sh, 0x20F, g12, "COMPUTE_DISPATCH_PKT_ADDR_HI", {}},
    {R::dispatch_scratch_base_lo, sh, 0x210, g942 | g11 | g12, "COMPUTE_DISPATCH_SCRATCH_BASE_LO", {}},
    {R::dispatch_scratch_base_hi, sh, 0x211, g942 | g11 | g12, "COMPUTE_DISPATCH_SCRATCH_BASE_HI",
     scratch_hi},
    {R::pgm_rsrc1, sh, 0x212, gcn, "COMPUTE_PGM_RSRC1", rsrc1_gcn},
    {R::pgm_rsrc1, sh, 0x212, g10 | g11, "COMPUTE_PGM_RSRC1", rsrc1_rdna},
    {R::pgm_rsrc1, sh, 0x212, g12, "COMPUTE_PGM_RSRC1", rsrc1_gfx12},
    {R::pgm_rsrc2, sh, 0x213, gcn | g10 | g11, "COMPUTE_PGM_RSRC2", rsrc2_fields},
    {R::pgm_rsrc2, sh, 0x213, g12, "COMPUTE_PGM_RSRC2", rsrc2_gfx12},
    {R::vmid, sh, 0x214, every, "COMPUTE_VMID", {}},
    {R::resource_limits, sh, 0x215, every, "COMPUTE_RESOURCE_LIMITS", limits},
    {R::static_thread_mgmt_se0, sh, 0x216, every, "COMPUTE_STATIC_THREAD_MGMT_SE0", engines},
    {R::other, sh, 0x217, every, "COMPUTE_STATIC_THREAD_MGMT_SE1", engines},
    {R::tmpring_size, sh, 0x218, gcn | g10, "COMPUTE_TMPRING_SIZE", tmpring_gfx9},
    {R::tmpring_size, sh, 0x218, g11, "COMPUTE_TMPRING_SIZE", tmpring_gfx11},
    {R::tmpring_size, sh, 0x218, g12, "COMPUTE_TMPRING_SIZE", tmpring_gfx12},
    {R::static_thread_mgmt_se2, sh, 0x219, every, "COMPUTE_STATIC_THREAD_MGMT_SE2", engines},
    {R::other, sh, 0x21A, every, "COMPUTE_STATIC_THREAD_MGMT_SE3", engines},
    {R::restart_x, sh, 0x21B, every, "COMPUTE_RESTART_X", {}},
    {R::other, sh, 0x21C, every, "COMPUTE_RESTART_Y", {}},
    {R::other, sh, 0x21D, every, "COMPUTE_RESTART_Z", {}},
    {R::other, sh, 0x21E, every, "COMPUTE_THREAD_TRACE_ENABLE", {}},
    {R::static_thread_mgmt_se8, sh, 0x223, g12, "COMPUTE_STATIC_THREAD_MGMT_SE8", engines},
    {R::user_accum_0, sh, 0x224, rdna, "COMPUTE_USER_ACCUM_0", {}},
    {R::other, sh, 0x225, rdna, "COMPUTE_USER_ACCUM_1", {}},
    {R::other, sh, 0x226, rdna, "COMPUTE_USER_ACCUM_2", {}},
    {R::other, sh, 0x227, rdna, "COMPUTE_USER_ACCUM_3", {}},
    {R::static_thread_mgmt_se4, sh, 0x225, g9 | g90a, "COMPUTE_STATIC_THREAD_MGMT_SE4", engines},
    {R::other, sh, 0x226, g9 | g90a, "COMPUTE_STATIC_THREAD_MGMT_SE5", engines},
    {R::other, sh, 0x227, g9 | g90a, "COMPUTE_STATIC_THREAD_MGMT_SE6", engines},
    {R::other, sh, 0x228, g9 | g90a, "COMPUTE_STATIC_THREAD_MGMT_SE7", engines},
    {R::tg_chunk_size, sh, 0x227, g942, "COMPUTE_TG_CHUNK_SIZE", {}},
    {R::pgm_rsrc3, sh, 0x228, g10, "COMPUTE_PGM_RSRC3", rsrc3_gfx10},
    {R::pgm_rsrc3, sh, 0x228, g11, "COMPUTE_PGM_RSRC3", rsrc3_gfx11},
    {R::pgm_rsrc3, sh, 0x228, g12, "COMPUTE_PGM_RSRC3", rsrc3_gfx12},
    {R::static_thread_mgmt_se4, sh, 0x22B, g11 | g12, "COMPUTE_STATIC_THREAD_MGMT_SE4", engines},
    {R::other, sh, 0x22C, g11 | g12, "COMPUTE_STATIC_THREAD_MGMT_SE5", engines},
    {R::other, sh, 0x22D, g11 | g12, "COMPUTE_STATIC_THREAD_MGMT_SE6", engines},
    {R::other, sh, 0x22E, g11 | g12, "COMPUTE_STATIC_THREAD_MGMT_SE7", engines},
    {R::pgm_rsrc3, sh, 0x22D, g90a | g942, "COMPUTE_PGM_RSRC3", rsrc3_cdna},
    {R::dispatch_interleave, sh, 0x22F, g11 | g12, "COMPUTE_DISPATCH_INTERLEAVE", interleave},
    {R::user_data_0, sh, 0x240, every, "COMPUTE_USER_DATA_0", {}},
    {R::other, sh, 0x241, every, "COMPUTE_USER_DATA_1", {}},
    {R::other, sh, 0x242, every, "COMPUTE_USER_DATA_2", {}},
    {R::other, sh, 0x243, every, "COMPUTE_USER_DATA_3", {}},
    {R::other, sh, 0x244, every, "COMPUTE_USER_DATA_4", {}},
    {R::other, sh, 0x245, every, "COMPUTE_USER_DATA_5", {}},
    {R::other, sh, 0x246, every, "COMPUTE_USER_DATA_6", {}},
    {R::other, sh, 0x247, every, "COMPUTE_USER_DATA_7", {}},
    {R::other, sh, 0x248, every, "COMPUTE_USER_DATA_8", {}},
    {R::other, sh, 0x249, every, "COMPUTE_USER_DATA_9", {}},
    {R::other, sh, 0x24A, every, "COMPUTE_USER_DATA_10", {}},
    {R::other, sh, 0x24B, every, "COMPUTE_USER_DATA_11", {}},
    {R::other, sh, 0x24C, every, "COMPUTE_USER_DATA_12", {}},
    {R::other, sh, 0x24D, every, "COMPUTE_USER_DATA_13", {}},
    {R::other, sh, 0x24E, every, "COMPUTE_USER_DATA_14", {}},
    {R::other, sh, 0x24F, every, "COMPUTE_USER_DATA_15", {}},
    {R::dispatch_tunnel, sh, 0x27D, rdna, "COMPUTE_DISPATCH_TUNNEL", {}},
    {R::coher_start_delay, uconfig, 0x07B, gcn | g10, "CP_COHER_START_DELAY", {}},
};

}  // namespace

std::span<const Register> registers() { return table; }

const Register* find_register(Generation generation, Space space, std::uint32_t offset) {
    for (const Register& row : table)
        if (row.offset == offset && row.space == space && row.is_on(generation)) return &row;
    return nullptr;
}

const Register* find_register(Generation generation, Reg reg) {
    for (const Register& row : table)
        if (row.reg == reg && reg != Reg::other && row.is_on(generation)) return &row;
    return nullptr;
}

std::uint32_t offset_of(Generation generation, Reg reg) {
    if (const Register* row = find_register(generation, reg)) return row->offset;
    for (const Register& row : table)
        if (row.reg == reg && reg != Reg::other)
            throw Error(ErrorCode::unsupported,
                        std::string("sporkle: pm4: ") + name_of(generation) + " has no " + row.name);
    throw Error(ErrorCode::invalid_argument, "sporkle: pm4: no such register in the table");
}

}  // namespace sporkle::amdgpu::pm4
