// The fields of the compute registers.
//
// Sources: Linux drivers/gpu/drm/amd/include/asic_reg/gc/gc_{9_0,9_4_2,9_4_3,10_3_0,11_0_0,12_0_0}_sh_mask.h;
// LLVM "User Guide for AMDGPU Backend", compute_pgm_rsrc1/2/3; Mesa src/amd/registers/gfx*.json.
#pragma once

#include "targets/amdgpu/pm4/field.hpp"

namespace sporkle::amdgpu::pm4 {

inline constexpr Field whole{"VALUE", 0, 32};

namespace pgm_hi {
inline constexpr Field data{"DATA", 0, 8};
}

namespace scratch_base_hi {
inline constexpr Field data{"DATA", 0, 8};
}

/// COMPUTE_NUM_THREAD_X, Y, Z.
namespace num_thread {
inline constexpr Field full{"NUM_THREAD_FULL", 0, 16};
inline constexpr Field partial{"NUM_THREAD_PARTIAL", 16, 16};
inline constexpr Field full_gfx12{"NUM_THREAD_FULL", 0, 13};  ///< X and Y
inline constexpr Field interleave_bits{"INTERLEAVE_BITS", 13, 3};
}  // namespace num_thread

namespace rsrc1 {
inline constexpr Field vgprs{"VGPRS", 0, 6};
inline constexpr Field sgprs{"SGPRS", 6, 4};
inline constexpr Field priority{"PRIORITY", 10, 2};
inline constexpr Field float_mode{"FLOAT_MODE", 12, 8};
inline constexpr Field priv{"PRIV", 20, 1};
inline constexpr Field dx10_clamp{"DX10_CLAMP", 21, 1};
inline constexpr Field wg_rr_en{"WG_RR_EN", 21, 1};  ///< gfx12
inline constexpr Field debug_mode{"DEBUG_MODE", 22, 1};
inline constexpr Field ieee_mode{"IEEE_MODE", 23, 1};
inline constexpr Field disable_perf{"DISABLE_PERF", 23, 1};  ///< gfx12
inline constexpr Field bulky{"BULKY", 24, 1};
inline constexpr Field cdbg_user{"CDBG_USER", 25, 1};
inline constexpr Field fp16_ovfl{"FP16_OVFL", 26, 1};
inline constexpr Field wgp_mode{"WGP_MODE", 29, 1};        ///< gfx10 and later
inline constexpr Field mem_ordered{"MEM_ORDERED", 30, 1};  ///< gfx10 and later
inline constexpr Field fwd_progress{"FWD_PROGRESS", 31, 1};
}  // namespace rsrc1

namespace rsrc2 {
inline constexpr Field scratch_en{"SCRATCH_EN", 0, 1};
inline constexpr Field user_sgpr{"USER_SGPR", 1, 5};
inline constexpr Field trap_present{"TRAP_PRESENT", 6, 1};
inline constexpr Field dynamic_vgpr{"DYNAMIC_VGPR", 6, 1};  ///< gfx12
inline constexpr Field tgid_x_en{"TGID_X_EN", 7, 1};
inline constexpr Field tgid_y_en{"TGID_Y_EN", 8, 1};
inline constexpr Field tgid_z_en{"TGID_Z_EN", 9, 1};
inline constexpr Field tg_size_en{"TG_SIZE_EN", 10, 1};
inline constexpr Field tidig_comp_cnt{"TIDIG_COMP_CNT", 11, 2};
inline constexpr Field excp_en_msb{"EXCP_EN_MSB", 13, 2};
inline constexpr Field lds_size{"LDS_SIZE", 15, 9};
inline constexpr Field excp_en{"EXCP_EN", 24, 7};
}  // namespace rsrc2

namespace rsrc3 {
inline constexpr Field accum_offset{"ACCUM_OFFSET", 0, 6};  ///< gfx90a, gfx942: first AGPR / 4 - 1
inline constexpr Field tg_split{"TG_SPLIT", 16, 1};
inline constexpr Field shared_vgpr_cnt{"SHARED_VGPR_CNT", 0, 4};      ///< gfx10, gfx11
inline constexpr Field inst_pref_size{"INST_PREF_SIZE", 4, 6};        ///< gfx11
inline constexpr Field trap_on_start{"TRAP_ON_START", 10, 1};         ///< gfx11
inline constexpr Field trap_on_end{"TRAP_ON_END", 11, 1};             ///< gfx11
inline constexpr Field inst_pref_size_gfx12{"INST_PREF_SIZE", 4, 8};  ///< gfx12
inline constexpr Field glg_en{"GLG_EN", 13, 1};                       ///< gfx12
inline constexpr Field image_op{"IMAGE_OP", 31, 1};                   ///< gfx11 and later
}  // namespace rsrc3

namespace resource_limits {
inline constexpr Field waves_per_sh{"WAVES_PER_SH", 0, 10};  ///< 0: as many as fit
inline constexpr Field tg_per_cu{"TG_PER_CU", 12, 4};
inline constexpr Field lock_threshold{"LOCK_THRESHOLD", 16, 6};
inline constexpr Field simd_dest_cntl{"SIMD_DEST_CNTL", 22, 1};
inline constexpr Field force_simd_dist{"FORCE_SIMD_DIST", 23, 1};
inline constexpr Field cu_group_count{"CU_GROUP_COUNT", 24, 3};
}  // namespace resource_limits

namespace static_thread_mgmt {
inline constexpr Field sh0_cu_en{"SH0_CU_EN", 0, 16};
inline constexpr Field sh1_cu_en{"SH1_CU_EN", 16, 16};
}  // namespace static_thread_mgmt

/// COMPUTE_TMPRING_SIZE. WAVESIZE counts Chip::scratch_unit() bytes.
namespace tmpring {
inline constexpr Field waves{"WAVES", 0, 12};
inline constexpr Field wavesize{"WAVESIZE", 12, 13};        ///< gfx9, gfx10
inline constexpr Field wavesize_gfx11{"WAVESIZE", 12, 15};  ///< gfx11
inline constexpr Field wavesize_gfx12{"WAVESIZE", 12, 18};  ///< gfx12
}  // namespace tmpring

namespace dispatch_interleave {
inline constexpr Field interleave{"INTERLEAVE", 0, 10};  ///< threads to one shader engine in turn
}

/// COMPUTE_DISPATCH_INITIATOR, the last word of DISPATCH_DIRECT.
namespace initiator {
inline constexpr Field compute_shader_en{"COMPUTE_SHADER_EN", 0, 1};
inline constexpr Field partial_tg_en{"PARTIAL_TG_EN", 1, 1};
inline constexpr Field force_start_at_000{"FORCE_START_AT_000", 2, 1};
inline constexpr Field ordered_append_enbl{"ORDERED_APPEND_ENBL", 3, 1};
inline constexpr Field ordered_append_mode{"ORDERED_APPEND_MODE", 4, 1};
inline constexpr Field use_thread_dimensions{"USE_THREAD_DIMENSIONS", 5, 1};
inline constexpr Field order_mode{"ORDER_MODE", 6, 1};
inline constexpr Field scalar_l1_inv_vol{"SCALAR_L1_INV_VOL", 10, 1};
inline constexpr Field vector_l1_inv_vol{"VECTOR_L1_INV_VOL", 11, 1};
inline constexpr Field ping_pong_en{"PING_PONG_EN", 12, 1};    ///< gfx12
inline constexpr Field tunnel_enable{"TUNNEL_ENABLE", 13, 1};  ///< gfx10 and later
inline constexpr Field restore{"RESTORE", 14, 1};
inline constexpr Field cs_w32_en{"CS_W32_EN", 15, 1};                            ///< gfx10 and later
inline constexpr Field amp_shader_en{"AMP_SHADER_EN", 16, 1};                    ///< gfx11 and later
inline constexpr Field disable_disp_prempt_en{"DISABLE_DISP_PREMPT_EN", 17, 1};  ///< gfx11 and later
inline constexpr Field interleave_2d_en{"INTERLEAVE_2D_EN", 18, 1};              ///< gfx12
inline constexpr Field ttrace_queue_id{"TTRACE_QUEUE_ID", 29, 3};                ///< gfx12
}  // namespace initiator

}  // namespace sporkle::amdgpu::pm4
