// DISPATCH_DIRECT and DISPATCH_INDIRECT: start the kernel that the compute registers describe.
//
// Sources: Linux soc15d.h and nvd.h, gc_*_sh_mask.h (COMPUTE_DISPATCH_INITIATOR); Mesa radv_cmd_buffer.c.
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"

namespace sporkle::amdgpu::pm4 {

/// Numbers of groups, or of threads with USE_THREAD_DIMENSIONS. Without FORCE_START_AT_000 they are the ends
/// of ranges that begin at COMPUTE_START_*. A 0 starts nothing.
struct DispatchDirect {
    std::uint32_t groups[3] = {};
    std::uint32_t initiator = 0;
    bool operator==(const DispatchDirect&) const = default;
};

constexpr Words encode(const DispatchDirect& p) {
    return Words(packet3(Opcode::dispatch_direct, 4, ShaderType::compute), p.groups[0], p.groups[1],
                 p.groups[2], p.initiator);
}
/// `body` has four words.
constexpr DispatchDirect decode_dispatch_direct(std::span<const std::uint32_t> body) {
    return {{body[0], body[1], body[2]}, body[3]};
}

/// The form of compute rings: the three numbers are read at `address`, a multiple of 4.
struct DispatchIndirect {
    std::uint64_t address = 0;
    std::uint32_t initiator = 0;
    bool operator==(const DispatchIndirect&) const = default;
};

constexpr Words encode(const DispatchIndirect& p) {
    return Words(packet3(Opcode::dispatch_indirect, 3, ShaderType::compute), low_word(p.address),
                 high_word(p.address), p.initiator);
}
/// `body` has three words.
constexpr DispatchIndirect decode_dispatch_indirect(std::span<const std::uint32_t> body) {
    return {joined(body[0], body[1]), body[2]};
}

/// Whole groups from (0, 0, 0), waves launched in any order. On GFX10 and later CS_W32_EN has to be the wave
/// size that the kernel was compiled for.
constexpr std::uint32_t initiator_for(bool wave32) {
    return initiator::compute_shader_en(1) | initiator::force_start_at_000(1) | initiator::order_mode(1) |
           initiator::cs_w32_en(wave32);
}
static_assert(initiator_for(false) == 0x45 && initiator_for(true) == 0x8045);

}  // namespace sporkle::amdgpu::pm4
