// SET_SH_REG and SET_UCONFIG_REG: values for consecutive registers. The first body word is the first
// register's offset in its window (registers.hpp), not its address.
//
// Sources: Linux soc15d.h and nvd.h (PACKET3_SET_SH_REG_START, PACKET3_SET_UCONFIG_REG_START).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"
#include "targets/amdgpu/pm4/registers.hpp"

namespace sporkle::amdgpu::pm4 {

namespace set_registers {
inline constexpr Field reg_offset{"REG_OFFSET", 0, 16};
}

constexpr Opcode opcode_of(Space space) {
    return space == Space::sh ? Opcode::set_sh_reg : Opcode::set_uconfig_reg;
}

/// Header and offset; the values follow. Throws where the run leaves the window.
constexpr Words set_registers_head(Space space, std::uint32_t offset, std::size_t values) {
    if (offset >= window_size(space) || values > window_size(space) - offset)
        refuse_field("REG_OFFSET and the registers after it", offset + values, 10);
    return Words(packet3(opcode_of(space), 1 + values), set_registers::reg_offset(offset));
}

inline void append_set_registers(Stream& stream, Space space, std::uint32_t offset,
                                 std::span<const std::uint32_t> values) {
    append(stream, set_registers_head(space, offset, values.size()));
    append(stream, values);
}

}  // namespace sporkle::amdgpu::pm4
