// WRITE_DATA: words of the stream go to memory or registers.
//
// Source: Linux soc15d.h (PACKET3_WRITE_DATA__*).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace write_data {
inline constexpr Field dst_sel{"DST_SEL", 8, 4};
inline constexpr Field addr_incr{"ADDR_INCR", 16, 1};  ///< 1: all words to the same address
inline constexpr Field wr_confirm{"WR_CONFIRM", 20, 1};
inline constexpr Field cache_policy{"CACHE_POLICY", 25, 2};
inline constexpr Field engine_sel{"ENGINE_SEL", 30, 2};
}  // namespace write_data

enum class WriteDestination : std::uint8_t {
    memory_mapped_register = 0,
    memory_through_grbm = 1,
    l2 = 2,
    gds = 3,
    memory = 5,
};

struct WriteData {
    std::uint8_t destination = 0;  ///< WriteDestination
    bool one_address = false, confirm = false;
    std::uint8_t cache_policy = 0, engine = 0;
    std::uint64_t address = 0;              ///< or register number
    std::span<const std::uint32_t> data{};  ///< points into the stream where it was decoded
};

/// Throws where there is no data or too much for a packet.
inline void append_write_data(Stream& stream, const WriteData& p) {
    namespace f = write_data;
    if (p.data.empty()) refuse_field("WRITE_DATA's data", 0, 14);
    append(stream, Words(packet3(Opcode::write_data, 3 + p.data.size()),
                         f::dst_sel(p.destination) | f::addr_incr(p.one_address) | f::wr_confirm(p.confirm) |
                             f::cache_policy(p.cache_policy) | f::engine_sel(p.engine),
                         low_word(p.address), high_word(p.address)));
    append(stream, p.data);
}

/// `body` has four words or more.
constexpr WriteData decode_write_data(std::span<const std::uint32_t> body) {
    namespace f = write_data;
    WriteData p;
    p.destination = static_cast<std::uint8_t>(f::dst_sel.of(body[0]));
    p.one_address = f::addr_incr.of(body[0]);
    p.confirm = f::wr_confirm.of(body[0]);
    p.cache_policy = static_cast<std::uint8_t>(f::cache_policy.of(body[0]));
    p.engine = static_cast<std::uint8_t>(f::engine_sel.of(body[0]));
    p.address = joined(body[1], body[2]);
    p.data = body.subspan(3);
    return p;
}

}  // namespace sporkle::amdgpu::pm4
