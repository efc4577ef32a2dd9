// The bodies of all packets in one table: how long they are and which fields they have on which generation.
// What no field covers is reserved.
#pragma once

#include <cstdint>
#include <span>

#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/packets/header.hpp"

namespace sporkle::amdgpu::pm4 {

struct PacketField {
    std::uint8_t word;  ///< of the body
    Field field;
};

struct PacketLayout {
    Opcode opcode;
    std::uint8_t generations;             ///< set: bit Generation
    std::uint16_t shortest, longest;      ///< body, in words
    std::span<const PacketField> fields;  ///< words after the last one that is named here are data

    constexpr bool is_on(Generation g) const { return generations >> static_cast<int>(g) & 1; }
    /// Words that have named fields.
    constexpr std::size_t named_words() const { return fields.empty() ? 0 : fields.back().word + 1u; }
    /// Bits of a named word that a field covers.
    constexpr std::uint32_t defined_bits(std::size_t word) const {
        std::uint32_t bits = 0;
        for (const PacketField& f : fields)
            if (f.word == word) bits |= f.field.mask();
        return bits;
    }
};

std::span<const PacketLayout> packet_layouts();
/// Null where the generation has no such packet, or its layout is not known here.
const PacketLayout* find_layout(Generation generation, std::uint8_t opcode);

}  // namespace sporkle::amdgpu::pm4
