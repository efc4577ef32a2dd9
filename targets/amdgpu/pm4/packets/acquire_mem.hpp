// ACQUIRE_MEM: makes caches forget or write back before what follows reads. GFX9 names the caches in
// CP_COHER_CNTL, the first body word; GFX10 and later in GCR_CNTL, a word of its own at the end.
//
// Sources: Linux soc15d.h (PACKET3_ACQUIRE_MEM), nvd.h, gc_10_3_0_sh_mask.h and gc_11_0_0_sh_mask.h
// (GCR_CNTL), gfx_v9_0.c, gfx_v10_0.c, gfx_v11_0.c, gfx_v12_0.c (emit_mem_sync); Mesa ac_cmdbuf.
#pragma once

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

/// GFX9. TC is the L2, TCL1 the vector L1, SH_KCACHE the scalar and SH_ICACHE the instruction cache.
namespace coher_cntl {
inline constexpr Field tc_nc{"TC_NC_ACTION_ENA", 3, 1};
inline constexpr Field tc_wc{"TC_WC_ACTION_ENA", 4, 1};
inline constexpr Field tc_inv_metadata{"TC_INV_METADATA_ACTION_ENA", 5, 1};
inline constexpr Field tcl1_vol{"TCL1_VOL_ACTION_ENA", 15, 1};
inline constexpr Field tc_wb{"TC_WB_ACTION_ENA", 18, 1};  ///< only together with TC_NC or TC
inline constexpr Field tcl1{"TCL1_ACTION_ENA", 22, 1};
inline constexpr Field tc{"TC_ACTION_ENA", 23, 1};
inline constexpr Field cb{"CB_ACTION_ENA", 25, 1};
inline constexpr Field db{"DB_ACTION_ENA", 26, 1};
inline constexpr Field sh_kcache{"SH_KCACHE_ACTION_ENA", 27, 1};
inline constexpr Field sh_kcache_vol{"SH_KCACHE_VOL_ACTION_ENA", 28, 1};
inline constexpr Field sh_icache{"SH_ICACHE_ACTION_ENA", 29, 1};
inline constexpr Field sh_kcache_wb{"SH_KCACHE_WB_ACTION_ENA", 30, 1};
/// Everything is invalidated, the L2 written back before.
inline constexpr std::uint32_t all = sh_icache(1) | sh_kcache(1) | tc(1) | tcl1(1) | tc_wb(1);
/// What compute units keep for themselves, so that a dispatch reads what the one before wrote.
inline constexpr std::uint32_t private_caches = sh_kcache(1) | tcl1(1);
}  // namespace coher_cntl

/// GFX10 and later. GLI: instructions, GLK: scalar, GLV: vector L0, GL1, GL2, GLM: metadata.
namespace gcr_cntl {
inline constexpr Field gli_inv{"GLI_INV", 0, 2};  ///< 1: all
inline constexpr Field gl1_range{"GL1_RANGE", 2, 2};
inline constexpr Field glm_wb{"GLM_WB", 4, 1};  ///< only together with GLM_INV
inline constexpr Field glm_inv{"GLM_INV", 5, 1};
inline constexpr Field glk_wb{"GLK_WB", 6, 1};
inline constexpr Field glk_inv{"GLK_INV", 7, 1};
inline constexpr Field glv_inv{"GLV_INV", 8, 1};
inline constexpr Field gl1_inv{"GL1_INV", 9, 1};
inline constexpr Field gl2_us{"GL2_US", 10, 1};
inline constexpr Field gl2_range{"GL2_RANGE", 11, 2};
inline constexpr Field gl2_discard{"GL2_DISCARD", 13, 1};
inline constexpr Field gl2_inv{"GL2_INV", 14, 1};
inline constexpr Field gl2_wb{"GL2_WB", 15, 1};
inline constexpr Field seq{"SEQ", 16, 2};
inline constexpr Field range_is_pa{"RANGE_IS_PA", 18, 1};
inline constexpr std::uint32_t private_caches = glk_inv(1) | glv_inv(1) | gl1_inv(1);
inline constexpr std::uint32_t all_gfx12 = private_caches | gli_inv(1) | gl2_inv(1) | gl2_wb(1);
inline constexpr std::uint32_t all = all_gfx12 | glm_wb(1) | glm_inv(1);
}  // namespace gcr_cntl

namespace acquire_mem {
inline constexpr Field size_lo{"COHER_SIZE", 0, 32};
inline constexpr Field size_hi{"COHER_SIZE_HI", 0, 24};
inline constexpr Field size_hi_gfx11{"COHER_SIZE_HI", 0, 25};
inline constexpr Field base_lo{"COHER_BASE_LO", 0, 32};
inline constexpr Field base_hi{"COHER_BASE_HI", 0, 24};
inline constexpr Field poll_interval{"POLL_INTERVAL", 0, 16};
inline constexpr std::uint64_t whole_memory = 0x00FFFFFF'FFFFFFFF;
}  // namespace acquire_mem

/// A range of memory in units of 256 bytes, and what is done to the caches for it.
struct AcquireMem {
    std::uint32_t caches = 0;  ///< a word of coher_cntl or gcr_cntl, whichever the generation has
    std::uint64_t base = 0, size = acquire_mem::whole_memory;
    std::uint32_t poll_interval = 10;
    bool operator==(const AcquireMem&) const = default;
};

constexpr bool has_gcr(Generation g) { return g >= Generation::gfx10; }

constexpr Words encode(const AcquireMem& p, Generation g) {
    namespace f = acquire_mem;
    const std::uint32_t size_hi =
        g >= Generation::gfx11 ? f::size_hi_gfx11(p.size >> 32) : f::size_hi(p.size >> 32);
    const std::uint32_t base_hi = f::base_hi(p.base >> 32), poll = f::poll_interval(p.poll_interval);
    if (has_gcr(g))
        return Words(packet3(Opcode::acquire_mem, 7), 0, low_word(p.size), size_hi, low_word(p.base), base_hi,
                     poll, p.caches);
    return Words(packet3(Opcode::acquire_mem, 6), p.caches, low_word(p.size), size_hi, low_word(p.base),
                 base_hi, poll);
}

/// `body` has the length of the generation's form.
constexpr AcquireMem decode_acquire_mem(std::span<const std::uint32_t> body, Generation g) {
    return {has_gcr(g) ? body[6] : body[0], joined(body[3], body[4]), joined(body[1], body[2]),
            acquire_mem::poll_interval.of(body[5])};
}

/// At the beginning of a submission: nothing stale of what the CPU or others wrote, code included.
constexpr AcquireMem acquire_everything(Generation g) {
    return {.caches = !has_gcr(g)              ? coher_cntl::all
                      : g == Generation::gfx12 ? gcr_cntl::all_gfx12
                                               : gcr_cntl::all};
}
/// Between dependent dispatches of one submission. The L2 is coherent among the compute units of a chip.
constexpr AcquireMem acquire_between_dispatches(Generation g) {
    return {.caches = has_gcr(g) ? gcr_cntl::private_caches : coher_cntl::private_caches};
}

static_assert(coher_cntl::all == 0x28C40000 && gcr_cntl::all == 0xC3B1 && gcr_cntl::all_gfx12 == 0xC381);

}  // namespace sporkle::amdgpu::pm4
