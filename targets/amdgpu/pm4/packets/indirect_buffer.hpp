// INDIRECT_BUFFER: execution goes on in another buffer (chain), or visits it. And PRED_EXEC, which limits the
// words after it to some of a chip's dies. Both stand in other people's streams; Sporkle's have none.
//
// Source: Linux soc15d.h (PACKET3_INDIRECT_BUFFER__*, PACKET3_PRED_EXEC__*).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace indirect_buffer {
inline constexpr Field size{"IB_SIZE", 0, 20};  ///< in words
inline constexpr Field chain{"CHAIN", 20, 1};
inline constexpr Field offload_polling{"OFFLOAD_POLLING", 21, 1};
inline constexpr Field valid{"VALID", 23, 1};
inline constexpr Field vmid{"VMID", 24, 4};
inline constexpr Field cache_policy{"CACHE_POLICY", 28, 2};
inline constexpr Field priv{"PRIV", 31, 1};
}  // namespace indirect_buffer

struct IndirectBuffer {
    std::uint64_t address = 0;  ///< a multiple of 4
    std::uint32_t words = 0;
    bool chain = false, valid = true;
    std::uint8_t vmid = 0;
    bool operator==(const IndirectBuffer&) const = default;
};

constexpr Words encode(const IndirectBuffer& p) {
    namespace f = indirect_buffer;
    return Words(packet3(Opcode::indirect_buffer, 3), low_word(p.address), high_word(p.address),
                 f::size(p.words) | f::chain(p.chain) | f::valid(p.valid) | f::vmid(p.vmid));
}
/// `body` has three words.
constexpr IndirectBuffer decode_indirect_buffer(std::span<const std::uint32_t> body) {
    namespace f = indirect_buffer;
    return {joined(body[0], body[1]), f::size.of(body[2]), f::chain.of(body[2]) != 0,
            f::valid.of(body[2]) != 0, static_cast<std::uint8_t>(f::vmid.of(body[2]))};
}

namespace pred_exec {
inline constexpr Field exec_count{"EXEC_COUNT", 0, 14};
inline constexpr Field virtual_xcc_id_select{"VIRTUAL_XCC_ID_SELECT", 24, 8};
}  // namespace pred_exec

struct PredExec {
    std::uint32_t words = 0;  ///< after the packet, to which it applies
    std::uint8_t dies = 0;    ///< a bit each
    bool operator==(const PredExec&) const = default;
};

constexpr Words encode(const PredExec& p) {
    return Words(packet3(Opcode::pred_exec, 1),
                 pred_exec::exec_count(p.words) | pred_exec::virtual_xcc_id_select(p.dies));
}
/// `body` has one word.
constexpr PredExec decode_pred_exec(std::span<const std::uint32_t> body) {
    return {pred_exec::exec_count.of(body[0]),
            static_cast<std::uint8_t>(pred_exec::virtual_xcc_id_select.of(body[0]))};
}

}  // namespace sporkle::amdgpu::pm4
