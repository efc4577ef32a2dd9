// WAIT_REG_MEM: the command processor polls memory or a register until a comparison holds.
//
// Source: Linux soc15d.h (PACKET3_WAIT_REG_MEM__*).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace wait_reg_mem {
inline constexpr Field function{"FUNCTION", 0, 3};
inline constexpr Field mem_space{"MEM_SPACE", 4, 2};
inline constexpr Field operation{"OPERATION", 6, 2};
inline constexpr Field engine{"ENGINE", 8, 2};
inline constexpr Field cache_policy{"CACHE_POLICY", 25, 2};
inline constexpr Field poll_interval{"POLL_INTERVAL", 0, 16};
inline constexpr Field ace_offload{"OPTIMIZE_ACE_OFFLOAD_MODE", 31, 1};
}  // namespace wait_reg_mem

enum class WaitFunction : std::uint8_t {
    always,
    less,
    less_equal,
    equal,
    not_equal,
    greater_equal,
    greater,
};

/// Waits until function(value & mask, reference).
struct WaitRegMem {
    std::uint8_t function = 0;   ///< WaitFunction
    std::uint8_t mem_space = 0;  ///< 0 register, 1 memory
    std::uint8_t operation = 0;  ///< 0 wait
    std::uint64_t address = 0;
    std::uint32_t reference = 0, mask = 0;
    std::uint16_t poll_interval = 4;
    bool operator==(const WaitRegMem&) const = default;
};

constexpr Words encode(const WaitRegMem& p) {
    namespace f = wait_reg_mem;
    return Words(packet3(Opcode::wait_reg_mem, 6),
                 f::function(p.function) | f::mem_space(p.mem_space) | f::operation(p.operation),
                 low_word(p.address), high_word(p.address), p.reference, p.mask,
                 f::poll_interval(p.poll_interval));
}
/// `body` has six words.
constexpr WaitRegMem decode_wait_reg_mem(std::span<const std::uint32_t> body) {
    namespace f = wait_reg_mem;
    return {static_cast<std::uint8_t>(f::function.of(body[0])),
            static_cast<std::uint8_t>(f::mem_space.of(body[0])),
            static_cast<std::uint8_t>(f::operation.of(body[0])),
            joined(body[1], body[2]),
            body[3],
            body[4],
            static_cast<std::uint16_t>(f::poll_interval.of(body[5]))};
}

}  // namespace sporkle::amdgpu::pm4
