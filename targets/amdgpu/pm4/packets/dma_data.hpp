// DMA_DATA: the command processor copies or fills memory, or reads it into the L2.
//
// Sources: Linux soc15d.h (PACKET3_DMA_DATA); Mesa si_cp_dma.c, radv_cp_dma.c (destination nowhere, for
// prefetch).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace dma_data {
inline constexpr Field engine{"ENGINE_SEL", 0, 1};
inline constexpr Field src_cache_policy{"SRC_CACHE_POLICY", 13, 2};
inline constexpr Field dst_sel{"DST_SEL", 20, 2};  ///< 0 address, 1 GDS, 2 nowhere, 3 through L2
inline constexpr Field dst_cache_policy{"DST_CACHE_POLICY", 25, 2};
inline constexpr Field src_sel{"SRC_SEL", 29, 2};  ///< 0 address, 1 GDS, 2 immediate, 3 through L2
inline constexpr Field cp_sync{"CP_SYNC", 31, 1};
inline constexpr Field byte_count{"BYTE_COUNT", 0, 26};
inline constexpr Field sas{"SAS", 26, 1};
inline constexpr Field das{"DAS", 27, 1};
inline constexpr Field saic{"SAIC", 28, 1};
inline constexpr Field daic{"DAIC", 29, 1};
inline constexpr Field raw_wait{"RAW_WAIT", 30, 1};
inline constexpr Field dis_wc{"DIS_WC", 31, 1};
}  // namespace dma_data

struct DmaData {
    std::uint32_t control = 0;  ///< fields engine … cp_sync
    std::uint64_t source = 0, destination = 0;
    std::uint32_t command = 0;  ///< fields byte_count … dis_wc
    bool operator==(const DmaData&) const = default;
};

constexpr Words encode(const DmaData& p) {
    return Words(packet3(Opcode::dma_data, 6), p.control, low_word(p.source), high_word(p.source),
                 low_word(p.destination), high_word(p.destination), p.command);
}
/// `body` has six words.
constexpr DmaData decode_dma_data(std::span<const std::uint32_t> body) {
    return {body[0], joined(body[1], body[2]), joined(body[3], body[4]), body[5]};
}

}  // namespace sporkle::amdgpu::pm4
