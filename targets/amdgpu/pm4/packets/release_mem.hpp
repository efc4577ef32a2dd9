// RELEASE_MEM: when all work before it has ended, does something to the caches and writes a value or a clock.
// The flags of caches stand in the first body word, in other places than in ACQUIRE_MEM.
//
// Sources: Linux soc15d.h (EOP_*), nvd.h (PACKET3_RELEASE_MEM_*), gfx_v9_0.c to gfx_v12_0.c (emit_fence);
// Mesa src/amd/common (ac_emit_cp_release_mem); event numbers: VGT_EVENT_TYPE.
#pragma once

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace release_mem {
inline constexpr Field event_type{"EVENT_TYPE", 0, 6};
inline constexpr Field event_index{"EVENT_INDEX", 8, 4};
inline constexpr Field execute{"EXECUTE", 28, 1};

// GFX9
inline constexpr Field tcl1_vol{"TCL1_VOL_ACTION_EN", 12, 1};
inline constexpr Field tc_vol{"TC_VOL_ACTION_EN", 13, 1};
inline constexpr Field tc_wb{"TC_WB_ACTION_EN", 15, 1};
inline constexpr Field tcl1{"TCL1_ACTION_EN", 16, 1};
inline constexpr Field tc{"TC_ACTION_EN", 17, 1};
inline constexpr Field tc_nc{"TC_NC_ACTION_EN", 19, 1};
inline constexpr Field tc_wc{"TC_WC_ACTION_EN", 20, 1};
inline constexpr Field tc_md{"TC_MD_ACTION_EN", 21, 1};

// GFX10 and later
inline constexpr Field wait_sync{"WAIT_SYNC", 7, 1};  ///< gfx11 and later
inline constexpr Field glm_wb{"GLM_WB", 12, 1};
inline constexpr Field glm_inv{"GLM_INV", 13, 1};
inline constexpr Field glv_inv{"GLV_INV", 14, 1};
inline constexpr Field gl1_inv{"GL1_INV", 15, 1};
inline constexpr Field gl2_us{"GL2_US", 16, 1};
inline constexpr Field gl2_range{"GL2_RANGE", 17, 2};
inline constexpr Field gl2_discard{"GL2_DISCARD", 19, 1};
inline constexpr Field gl2_inv{"GL2_INV", 20, 1};
inline constexpr Field gl2_wb{"GL2_WB", 21, 1};
inline constexpr Field seq{"SEQ", 22, 2};
inline constexpr Field glk_wb{"GLK_WB", 24, 1};              ///< gfx11 and later
inline constexpr Field cache_policy{"CACHE_POLICY", 25, 2};  ///< 3: bypass
inline constexpr Field glk_inv{"GLK_INV", 30, 1};            ///< gfx11 and later
inline constexpr Field pws_enable{"PWS_ENABLE", 31, 1};      ///< gfx11 and later

inline constexpr Field dst_sel{"DST_SEL", 16, 2};
inline constexpr Field int_sel{"INT_SEL", 24, 3};
inline constexpr Field data_sel{"DATA_SEL", 29, 3};
}  // namespace release_mem

enum class ReleaseEvent : std::uint8_t {
    cache_flush_and_inv_ts = 0x14,
    bottom_of_pipe_ts = 0x28,
    cs_done = 0x2F,
};
enum class ReleaseData : std::uint8_t { none = 0, low_32 = 1, all_64 = 2, gpu_clock = 3, system_clock = 4 };
enum class ReleaseInterrupt : std::uint8_t {
    none = 0,
    interrupt_only = 1,
    interrupt_after_write = 2,
    data_after_write_confirm = 3,
};

struct ReleaseMem {
    std::uint8_t event_type = 0, event_index = 0;
    std::uint32_t caches = 0;  ///< the other bits of the first body word
    std::uint8_t dst_sel = 0;  ///< 0 memory, 1 L2
    std::uint8_t int_sel = 0, data_sel = 0;
    std::uint64_t address = 0, data = 0;
    std::uint32_t interrupt_context = 0;
    bool operator==(const ReleaseMem&) const = default;
};

constexpr Words encode(const ReleaseMem& p) {
    namespace f = release_mem;
    return Words(packet3(Opcode::release_mem, 7),
                 f::event_type(p.event_type) | f::event_index(p.event_index) | p.caches,
                 f::dst_sel(p.dst_sel) | f::int_sel(p.int_sel) | f::data_sel(p.data_sel), low_word(p.address),
                 high_word(p.address), low_word(p.data), high_word(p.data), p.interrupt_context);
}

/// `body` has seven words.
constexpr ReleaseMem decode_release_mem(std::span<const std::uint32_t> body) {
    namespace f = release_mem;
    ReleaseMem p;
    p.event_type = static_cast<std::uint8_t>(f::event_type.of(body[0]));
    p.event_index = static_cast<std::uint8_t>(f::event_index.of(body[0]));
    p.caches = body[0] & ~(f::event_type.mask() | f::event_index.mask());
    p.dst_sel = static_cast<std::uint8_t>(f::dst_sel.of(body[1]));
    p.int_sel = static_cast<std::uint8_t>(f::int_sel.of(body[1]));
    p.data_sel = static_cast<std::uint8_t>(f::data_sel.of(body[1]));
    p.address = joined(body[2], body[3]);
    p.data = joined(body[4], body[5]);
    p.interrupt_context = body[6];
    return p;
}

/// What the kernel driver's own fence asks of the caches: the L2 is written back, so that the CPU sees all.
constexpr std::uint32_t release_everything(Generation g) {
    namespace f = release_mem;
    if (g < Generation::gfx10) return f::tc_wb(1) | f::tcl1(1) | f::tc(1) | f::tc_md(1);
    const std::uint32_t caches = f::seq(1) | f::gl2_wb(1) | f::cache_policy(3);
    return g == Generation::gfx12 ? caches : caches | f::glm_wb(1) | f::glm_inv(1);
}

/// Writes the GPU's clock to `address`, a multiple of 8, when the work before has ended.
constexpr ReleaseMem end_timestamp(std::uint64_t address) {
    return {.event_type = static_cast<std::uint8_t>(ReleaseEvent::bottom_of_pipe_ts),
            .event_index = 5,
            .int_sel = static_cast<std::uint8_t>(ReleaseInterrupt::data_after_write_confirm),
            .data_sel = static_cast<std::uint8_t>(ReleaseData::gpu_clock),
            .address = address};
}
/// Writes the caches back and then `value` to `address`, a multiple of 8.
constexpr ReleaseMem fence(Generation g, std::uint64_t address, std::uint64_t value) {
    return {.event_type = static_cast<std::uint8_t>(ReleaseEvent::cache_flush_and_inv_ts),
            .event_index = 5,
            .caches = release_everything(g),
            .int_sel = static_cast<std::uint8_t>(ReleaseInterrupt::data_after_write_confirm),
            .data_sel = static_cast<std::uint8_t>(ReleaseData::all_64),
            .address = address,
            .data = value};
}

}  // namespace sporkle::amdgpu::pm4
