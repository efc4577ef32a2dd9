// How the lanes of a wave can take each other's values without going through memory: a pattern that is known
// when the code is made becomes a few instructions.
//
// Source: AMD's instruction set manuals ("Vega" 7nm, "CDNA 2", "CDNA 3", "RDNA 2" to "RDNA 4"), sections Data
// Parallel Processing, ds_swizzle_b32, v_permlane16_b32. A row is 16 lanes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "targets/amdgpu/pm4/chip.hpp"

namespace sporkle::amdgpu {

/// For each lane of a wave the lane whose value it takes; `any_lane` where nobody looks at the result.
using LanePattern = std::vector<int>;
inline constexpr int any_lane = -1;

struct LaneMove {
    enum class Kind : std::uint8_t {
        read_lane,      ///< v_readlane_b32: all lanes take that of lane `control`
        data_parallel,  ///< DPP with the control `control`
        row_permute,    ///< v_permlane16_b32: within each row, lane l from control >> 4·(l mod 16) mod 16
        cross_permute,  ///< v_permlanex16_b32: likewise, from the other row of its pair
        swizzle,        ///< ds_swizzle_b32 with the offset `control`: from ((l & and) | or) ^ xor, of 32
    };
    Kind kind = Kind::data_parallel;
    std::uint64_t control = 0;
    friend bool operator==(const LaneMove&, const LaneMove&) = default;
};

/// The moves, one after the other, that make the pattern of a wave's lanes: none where every lane keeps its
/// own value. Nothing where only a permutation by addresses (ds_bpermute_b32) does it.
std::optional<std::vector<LaneMove>> moves_of(std::span<const int> pattern, Generation generation);

}  // namespace sporkle::amdgpu
