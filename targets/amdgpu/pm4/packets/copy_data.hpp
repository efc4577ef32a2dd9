// COPY_DATA: the command processor moves 32 or 64 bits between registers, memory and its clock.
//
// Source: Linux soc15d.h (PACKET3_COPY_DATA__*).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

namespace copy_data {
inline constexpr Field src_sel{"SRC_SEL", 0, 4};
inline constexpr Field dst_sel{"DST_SEL", 8, 4};
inline constexpr Field src_cache_policy{"SRC_CACHE_POLICY", 13, 2};
inline constexpr Field count_sel{"COUNT_SEL", 16, 1};  ///< 1: 64 bits
inline constexpr Field wr_confirm{"WR_CONFIRM", 20, 1};
inline constexpr Field dst_cache_policy{"DST_CACHE_POLICY", 25, 2};
inline constexpr Field pq_exe_status{"PQ_EXE_STATUS", 29, 1};
}  // namespace copy_data

enum class CopySource : std::uint8_t {
    memory_mapped_register = 0,
    memory = 1,
    l2 = 2,
    gds = 3,
    performance_counters = 4,
    immediate = 5,
    gpu_clock = 9,
};
enum class CopyDestination : std::uint8_t {
    memory_mapped_register = 0,
    l2 = 2,
    gds = 3,
    performance_counters = 4,
    memory = 5,
};

struct CopyData {
    std::uint8_t source = 0, destination = 0;  ///< CopySource, CopyDestination
    bool is_64_bit = false, confirm = false;
    std::uint8_t source_policy = 0, destination_policy = 0;
    std::uint64_t from = 0, to = 0;  ///< address, register number or immediate
    bool operator==(const CopyData&) const = default;
};

constexpr Words encode(const CopyData& p) {
    namespace f = copy_data;
    return Words(packet3(Opcode::copy_data, 5),
                 f::src_sel(p.source) | f::dst_sel(p.destination) | f::src_cache_policy(p.source_policy) |
                     f::count_sel(p.is_64_bit) | f::wr_confirm(p.confirm) |
                     f::dst_cache_policy(p.destination_policy),
                 low_word(p.from), high_word(p.from), low_word(p.to), high_word(p.to));
}

/// `body` has five words.
constexpr CopyData decode_copy_data(std::span<const std::uint32_t> body) {
    namespace f = copy_data;
    CopyData p;
    p.source = static_cast<std::uint8_t>(f::src_sel.of(body[0]));
    p.destination = static_cast<std::uint8_t>(f::dst_sel.of(body[0]));
    p.is_64_bit = f::count_sel.of(body[0]);
    p.confirm = f::wr_confirm.of(body[0]);
    p.source_policy = static_cast<std::uint8_t>(f::src_cache_policy.of(body[0]));
    p.destination_policy = static_cast<std::uint8_t>(f::dst_cache_policy.of(body[0]));
    p.from = joined(body[1], body[2]);
    p.to = joined(body[3], body[4]);
    return p;
}

/// Writes the GPU's clock to `address`, a multiple of 8, when the command processor comes here.
constexpr CopyData begin_timestamp(std::uint64_t address) {
    return {.source = static_cast<std::uint8_t>(CopySource::gpu_clock),
            .destination = static_cast<std::uint8_t>(CopyDestination::memory),
            .is_64_bit = true,
            .confirm = true,
            .to = address};
}

}  // namespace sporkle::amdgpu::pm4
