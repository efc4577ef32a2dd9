#include "targets/amdgpu/emit/lane_moves.hpp"

#include <algorithm>
#include <array>

namespace sporkle::amdgpu {
namespace {

constexpr int row_lanes = 16, quad_lanes = 4, swizzled_lanes = 32;

using Kind = LaneMove::Kind;

bool agrees(int wanted, int given) { return wanted == any_lane || wanted == given; }

/// Whether source(lane) is what the pattern wants everywhere.
template <class Source>
bool is(std::span<const int> pattern, Source&& source) {
    for (int lane = 0; lane < static_cast<int>(pattern.size()); ++lane)
        if (!agrees(pattern[static_cast<std::size_t>(lane)], source(lane))) return false;
    return true;
}

/// The lane that all take.
std::optional<int> common_lane(std::span<const int> pattern) {
    const auto first = std::find_if(pattern.begin(), pattern.end(), [](int l) { return l != any_lane; });
    if (first == pattern.end() || !is(pattern, [&](int) { return *first; })) return std::nullopt;
    return *first;
}

/// Sources within groups of `size` lanes, by place in the group, where all groups do the same: lane g·size +
/// p takes that of place result[p] in the group g ^ `other`.
std::optional<std::vector<int>> within_groups(std::span<const int> pattern, int size, int other = 0) {
    std::vector<int> places(static_cast<std::size_t>(size), any_lane);
    for (int lane = 0; lane < static_cast<int>(pattern.size()); ++lane) {
        const int wanted = pattern[static_cast<std::size_t>(lane)];
        if (wanted == any_lane) continue;
        if (wanted / size != (lane / size ^ other)) return std::nullopt;
        int& place = places[static_cast<std::size_t>(lane % size)];
        if (!agrees(place, wanted % size)) return std::nullopt;
        place = wanted % size;
    }
    return places;
}

/// `bits` for each place, the first in the lowest.
std::uint64_t packed(std::span<const int> places, int bits) {
    std::uint64_t result = 0;
    for (std::size_t p = 0; p < places.size(); ++p)
        result |= static_cast<std::uint64_t>(std::max(places[p], 0)) << (static_cast<int>(p) * bits);
    return result;
}

std::optional<LaneMove> quad_permutation(std::span<const int> pattern) {
    const auto places = within_groups(pattern, quad_lanes);
    if (!places) return std::nullopt;
    return LaneMove{Kind::data_parallel, packed(*places, 2)};
}

/// DPP controls that turn rows or reflect them, on all chips, and what they do.
struct RowMove {
    std::uint64_t control;
    int turn = 0;        ///< lanes to the right, around the row
    int reflection = 0;  ///< of place numbers by exclusive or
    int source(int lane) const {
        const int row = lane & -row_lanes;
        return row | (((lane - turn) & (row_lanes - 1)) ^ reflection);
    }
    /// The lane that takes the value of `source`.
    int taker(int source) const {
        const int row = source & -row_lanes;
        return row | (((source ^ reflection) + turn) & (row_lanes - 1));
    }
};

std::vector<RowMove> row_moves() {
    std::vector<RowMove> moves{{0x140, 0, 15}, {0x141, 0, 7}};  // row_mirror, row_half_mirror
    for (int turn = 1; turn < row_lanes; ++turn)
        moves.push_back({0x120u + static_cast<unsigned>(turn), turn, 0});  // row_ror
    return moves;
}

std::optional<LaneMove> row_move(std::span<const int> pattern, Generation generation) {
    const bool is_gfx10_or_later = generation >= Generation::gfx10;
    for (const RowMove& move : row_moves())
        if (is(pattern, [&](int lane) { return move.source(lane); }))
            return LaneMove{Kind::data_parallel, move.control};
    for (int place = 0; place < row_lanes; ++place) {
        const auto number = static_cast<unsigned>(place);
        // row_share, which gfx90a and gfx942 call row_newbcast.
        if (generation != Generation::gfx9 &&
            is(pattern, [&](int lane) { return (lane & -row_lanes) | place; }))
            return LaneMove{Kind::data_parallel, 0x150u + number};
        if (is_gfx10_or_later && is(pattern, [&](int lane) { return lane ^ place; }))
            return LaneMove{Kind::data_parallel, 0x160u + number};  // row_xmask
    }
    return std::nullopt;
}

std::optional<LaneMove> row_permutation(std::span<const int> pattern) {
    if (const auto places = within_groups(pattern, row_lanes))
        return LaneMove{Kind::row_permute, packed(*places, 4)};
    if (const auto places = within_groups(pattern, row_lanes, 1))
        return LaneMove{Kind::cross_permute, packed(*places, 4)};
    return std::nullopt;
}

/// A move of rows and then one in quads: what is left of the pattern after the first has to be the second.
std::vector<LaneMove> two_moves(std::span<const int> pattern) {
    for (const RowMove& first : row_moves()) {
        LanePattern rest(pattern.begin(), pattern.end());
        for (int& lane : rest)
            if (lane != any_lane) lane = first.taker(lane);
        if (const auto second = quad_permutation(rest))
            return {LaneMove{Kind::data_parallel, first.control}, *second};
    }
    return {};
}

/// Each bit of the source's number is that of the lane's, its opposite, 0 or 1.
std::optional<LaneMove> swizzle(std::span<const int> pattern) {
    constexpr int bits = 5;
    unsigned and_mask = 0, or_mask = 0, xor_mask = 0;
    for (int bit = 0; bit < bits; ++bit) {
        // What the bit becomes where it is 0 and where it is 1; any_lane where nobody wants to know.
        std::array<int, 2> image{any_lane, any_lane};
        for (int lane = 0; lane < static_cast<int>(pattern.size()); ++lane) {
            const int wanted = pattern[static_cast<std::size_t>(lane)];
            if (wanted == any_lane) continue;
            if (wanted / swizzled_lanes != lane / swizzled_lanes) return std::nullopt;
            int& here = image[static_cast<std::size_t>(lane >> bit & 1)];
            if (!agrees(here, wanted >> bit & 1)) return std::nullopt;
            here = wanted >> bit & 1;
        }
        const unsigned mask = 1u << bit;
        const bool keeps = agrees(image[0], 0) && agrees(image[1], 1);
        const bool flips = agrees(image[0], 1) && agrees(image[1], 0);
        if (keeps || flips) and_mask |= mask;
        if (!keeps && flips) xor_mask |= mask;
        if (!keeps && !flips && image[0] == 1) or_mask |= mask;
    }
    return LaneMove{Kind::swizzle, and_mask | or_mask << bits | xor_mask << (2 * bits)};
}

}  // namespace

std::optional<std::vector<LaneMove>> moves_of(std::span<const int> pattern, Generation generation) {
    using Moves = std::vector<LaneMove>;
    if (is(pattern, [](int lane) { return lane; })) return Moves{};
    if (const auto lane = common_lane(pattern))
        return Moves{{Kind::read_lane, static_cast<std::uint64_t>(*lane)}};
    if (const auto move = quad_permutation(pattern)) return Moves{*move};
    if (const auto move = row_move(pattern, generation)) return Moves{*move};
    if (generation >= Generation::gfx10)
        if (const auto move = row_permutation(pattern)) return Moves{*move};
    if (Moves moves = two_moves(pattern); !moves.empty()) return moves;
    if (const auto move = swizzle(pattern)) return Moves{*move};
    return std::nullopt;
}

}  // namespace sporkle::amdgpu
