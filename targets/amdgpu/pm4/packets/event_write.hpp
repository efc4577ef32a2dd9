// EVENT_WRITE: sends an event down the pipe. CS_PARTIAL_FLUSH waits for the ring's earlier compute waves.
//
// Sources: Linux soc15d.h and nvd.h (PACKET3_EVENT_WRITE); VGT_EVENT_TYPE in navi10_enum.h.
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace event_write {
inline constexpr Field event_type{"EVENT_TYPE", 0, 6};
inline constexpr Field event_index{"EVENT_INDEX", 8, 4};
inline constexpr std::uint8_t cs_partial_flush = 0x07;
inline constexpr std::uint8_t pipelinestat_start = 0x19;
inline constexpr std::uint8_t pipelinestat_stop = 0x1A;
}  // namespace event_write

struct EventWrite {
    std::uint8_t event_type = 0, event_index = 0;
    bool operator==(const EventWrite&) const = default;
};

constexpr Words encode(const EventWrite& p) {
    return Words(packet3(Opcode::event_write, 1),
                 event_write::event_type(p.event_type) | event_write::event_index(p.event_index));
}

/// `body` has one word.
constexpr EventWrite decode_event_write(std::span<const std::uint32_t> body) {
    return {static_cast<std::uint8_t>(event_write::event_type.of(body[0])),
            static_cast<std::uint8_t>(event_write::event_index.of(body[0]))};
}

inline constexpr EventWrite cs_partial_flush{event_write::cs_partial_flush, 4};

}  // namespace sporkle::amdgpu::pm4
