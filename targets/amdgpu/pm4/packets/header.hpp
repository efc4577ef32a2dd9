// The first word of a packet of type 3, and the opcodes.
//
// Sources: Linux drivers/gpu/drm/amd/amdgpu/soc15d.h (GFX9) and nvd.h (GFX10 and later): PACKET3, PACKET3_*.
#pragma once

#include <cstdint>
#include <span>

#include "targets/amdgpu/pm4/field.hpp"

namespace sporkle::amdgpu::pm4 {

enum class Opcode : std::uint8_t {
    nop = 0x10,
    dispatch_direct = 0x15,
    dispatch_indirect = 0x16,
    pred_exec = 0x23,
    write_data = 0x37,
    wait_reg_mem = 0x3C,
    indirect_buffer = 0x3F,
    copy_data = 0x40,
    event_write = 0x46,
    release_mem = 0x49,
    dma_data = 0x50,
    acquire_mem = 0x58,
    set_sh_reg = 0x76,
    set_uconfig_reg = 0x79,
};

/// "DISPATCH_DIRECT"; null for numbers that the public headers do not name. Names more opcodes than the
/// enumeration has: those whose layout is not described here.
const char* name_of(std::uint8_t opcode);
inline const char* name_of(Opcode opcode) { return name_of(static_cast<std::uint8_t>(opcode)); }

namespace header {
inline constexpr Field predicate{"PREDICATE", 0, 1};
inline constexpr Field shader_type{"SHADER_TYPE", 1, 1};  ///< 1: compute
inline constexpr Field opcode{"OPCODE", 8, 8};
inline constexpr Field count{"COUNT", 16, 14};  ///< words of the body, less one
inline constexpr Field type{"TYPE", 30, 2};
inline constexpr std::uint32_t reserved_bits =
    ~(predicate.mask() | shader_type.mask() | opcode.mask() | count.mask() | type.mask());
}  // namespace header

/// Largest body. A count of 0x3FFF, all ones, is a NOP without body instead.
inline constexpr std::uint32_t largest_body = 0x3FFF;

enum class ShaderType : std::uint8_t { graphics = 0, compute = 1 };

constexpr std::uint32_t packet3(Opcode op, std::size_t body_words, ShaderType shader = ShaderType::graphics) {
    if (body_words == 0 || body_words > largest_body) refuse_field("COUNT + 1", body_words, 14);
    return header::type(3) | header::count(body_words - 1) | header::opcode(static_cast<std::uint8_t>(op)) |
           header::shader_type(static_cast<std::uint8_t>(shader));
}

/// A NOP of one word, which GFX9 and later take as padding.
inline constexpr std::uint32_t nop_word = header::type(3) | header::count(0x3FFF) | header::opcode(0x10);
static_assert(nop_word == 0xFFFF1000);

}  // namespace sporkle::amdgpu::pm4
