// Patterns of lanes and the moves that make them, against what AMD's manuals say that each move does.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <random>

#include "targets/amdgpu/emit/lane_moves.hpp"

namespace sporkle::amdgpu {
namespace {

using Kind = LaneMove::Kind;
using Moves = std::vector<LaneMove>;

constexpr Generation all_generations[] = {Generation::gfx9,  Generation::gfx90a, Generation::gfx942,
                                          Generation::gfx10, Generation::gfx11,  Generation::gfx12};

int wave_of(Generation generation) { return generation < Generation::gfx10 ? 64 : 32; }

LanePattern pattern_of(int lanes, const std::function<int(int)>& source) {
    LanePattern pattern;
    for (int lane = 0; lane < lanes; ++lane) pattern.push_back(source(lane));
    return pattern;
}

/// The lane that a lane reads.
int source_of(const LaneMove& move, int lane) {
    const int row = lane & ~15, place = lane & 15;
    const auto control = static_cast<int>(move.control & 0xffff);
    switch (move.kind) {
        case Kind::read_lane:
            return control;
        case Kind::row_permute:
            return row | static_cast<int>(move.control >> (4 * place) & 15);
        case Kind::cross_permute:
            return (row ^ 16) | static_cast<int>(move.control >> (4 * place) & 15);
        case Kind::swizzle:
            return (lane & 32) | ((((lane & 31) & control) | (control >> 5 & 31)) ^ (control >> 10 & 31));
        case Kind::data_parallel:
            break;
    }
    if (control < 0x100) return (lane & ~3) | (control >> (2 * (lane & 3)) & 3);
    if (control > 0x120 && control < 0x130) return row | ((place - (control & 15)) & 15);
    if (control == 0x140) return row | (15 - place);
    if (control == 0x141) return row | (place & 8) | (7 - (place & 7));
    if (control >= 0x150 && control < 0x160) return row | (control & 15);
    if (control >= 0x160 && control < 0x170) return row | (place ^ (control & 15));
    ADD_FAILURE() << "no such DPP control: " << control;
    return 0;
}

bool has(Generation generation, const LaneMove& move) {
    if (move.kind == Kind::row_permute || move.kind == Kind::cross_permute)
        return generation >= Generation::gfx10;
    if (move.kind != Kind::data_parallel || move.control < 0x150) return true;
    return move.control < 0x160 ? generation > Generation::gfx9 : generation >= Generation::gfx10;
}

/// Whether there are moves; they have to make the pattern, and the chip to have them.
bool expect_made(const LanePattern& pattern, Generation generation) {
    const auto moves = moves_of(pattern, generation);
    if (!moves) return false;
    LanePattern held(pattern.size());
    std::iota(held.begin(), held.end(), 0);
    for (const LaneMove& move : *moves) {
        EXPECT_TRUE(has(generation, move)) << name_of(generation) << " has no " << move.control;
        const LanePattern before = held;
        for (std::size_t lane = 0; lane < held.size(); ++lane)
            held[lane] = before.at(static_cast<std::size_t>(source_of(move, static_cast<int>(lane))));
    }
    for (std::size_t lane = 0; lane < held.size(); ++lane)
        EXPECT_TRUE(pattern[lane] == any_lane || held[lane] == pattern[lane])
            << "lane " << lane << " on " << name_of(generation);
    return true;
}

TEST(LaneMoves, HalvingNeedsNoMemoryButBetweenHalvesOfSixtyFourLanes) {
    for (const Generation generation : all_generations) {
        const int lanes = wave_of(generation);
        for (int distance = 1; distance < lanes; ++distance) {
            const auto pattern = pattern_of(lanes, [&](int lane) { return lane ^ distance; });
            EXPECT_EQ(expect_made(pattern, generation), distance < 32) << distance;
        }
    }
}

TEST(LaneMoves, TheUsualOnesAreTheCheapest) {
    const auto exchange = [](Generation generation, int distance) {
        return *moves_of(pattern_of(wave_of(generation), [&](int lane) { return lane ^ distance; }),
                         generation);
    };
    const auto dpp = [](std::uint64_t control) { return LaneMove{Kind::data_parallel, control}; };
    for (const Generation generation : all_generations) {
        EXPECT_EQ(exchange(generation, 0), Moves{});
        EXPECT_EQ(exchange(generation, 1), Moves{dpp(0xb1)});   // quad_perm:[1,0,3,2]
        EXPECT_EQ(exchange(generation, 2), Moves{dpp(0x4e)});   // quad_perm:[2,3,0,1]
        EXPECT_EQ(exchange(generation, 8), Moves{dpp(0x128)});  // row_ror:8
        EXPECT_EQ(exchange(generation, 7), Moves{dpp(0x141)});  // row_half_mirror
        const auto third = pattern_of(wave_of(generation), [](int) { return 3; });
        EXPECT_EQ(moves_of(third, generation), (Moves{{Kind::read_lane, 3}}));
    }
    EXPECT_EQ(exchange(Generation::gfx9, 4), (Moves{dpp(0x141), dpp(0x1b)}));
    EXPECT_EQ(exchange(Generation::gfx9, 16), (Moves{{Kind::swizzle, 0x401f}}));
    EXPECT_EQ(exchange(Generation::gfx11, 4), (Moves{dpp(0x164)}));  // row_xmask:4
    EXPECT_EQ(exchange(Generation::gfx11, 16), (Moves{{Kind::cross_permute, 0xfedcba9876543210u}}));
}

TEST(LaneMoves, RotationsAndBroadcastsWithinGroups) {
    for (const Generation generation : all_generations) {
        const int lanes = wave_of(generation);
        for (int group = 1; group <= lanes; group *= 2)
            for (int by = 0; by < group; ++by) {
                const auto start = [&](int lane) { return lane & -group; };
                const auto turned =
                    pattern_of(lanes, [&](int lane) { return start(lane) | ((lane + by) & (group - 1)); });
                // Wider rotations than a row's need addresses, unless they exchange halves.
                EXPECT_EQ(expect_made(turned, generation),
                          group <= (generation < Generation::gfx10 ? 4 : 16) || by == 0 || (group == 16) ||
                              (2 * by == group && group <= 32))
                    << name_of(generation) << " by " << by << " in " << group;
                const auto spread = pattern_of(lanes, [&](int lane) { return start(lane) | by; });
                EXPECT_TRUE(expect_made(spread, generation))
                    << name_of(generation) << " from " << by << " in " << group;
            }
    }
}

TEST(LaneMoves, WhatNobodyLooksAtIsFree) {
    for (const Generation generation : all_generations) {
        const int lanes = wave_of(generation);
        for (int distance = 1; distance < 32; distance *= 2) {
            // As a rotation and as an exchange, of which only the lower lanes are wanted.
            const auto pattern =
                pattern_of(lanes, [&](int lane) { return lane < distance ? lane + distance : any_lane; });
            EXPECT_TRUE(expect_made(pattern, generation)) << distance;
        }
        EXPECT_EQ(moves_of(LanePattern(static_cast<std::size_t>(lanes), any_lane), generation), Moves{});
    }
}

TEST(LaneMoves, AnythingIsMadeRightlyOrNotAtAll) {
    constexpr unsigned seed = 41;
    std::mt19937 random(seed);
    for (const Generation generation : all_generations) {
        const int lanes = wave_of(generation);
        int made = 0;
        for (int round = 0; round < 2000; ++round) {
            // The same in all groups of some size; what is wrong in one lane has to be seen.
            const int group = 1 << (1 + random() % 5);
            LanePattern places;
            for (int place = 0; place < group; ++place)
                places.push_back(random() % 8 == 0 ? any_lane : static_cast<int>(random() % group));
            const int other = random() % 2 == 0 ? 0 : group;
            LanePattern pattern = pattern_of(lanes, [&](int lane) {
                const int place = places[static_cast<std::size_t>(lane % group)];
                return place == any_lane ? any_lane : (((lane & -group) ^ other) % lanes) | place;
            });
            if (random() % 4 == 0)
                pattern[random() % pattern.size()] = static_cast<int>(random() % pattern.size());
            made += expect_made(pattern, generation) ? 1 : 0;
        }
        EXPECT_GT(made, 100) << name_of(generation);
    }
}

}  // namespace
}  // namespace sporkle::amdgpu
