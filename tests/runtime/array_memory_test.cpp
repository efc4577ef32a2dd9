// The memory of arrays: pieces do not overlap, begin where they should, and survive each other's release.
#include "runtime/memory/array_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace sporkle::runtime {
namespace {

struct Piece {
    unsigned char* memory;
    std::size_t size;
    unsigned char mark;
};

Piece make(std::size_t size, unsigned char mark) {
    Piece piece{static_cast<unsigned char*>(allocate_array(size)), size, mark};
    EXPECT_NE(piece.memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece.memory) % array_alignment, 0u);
    std::memset(piece.memory, mark, size);
    return piece;
}

bool intact(const Piece& piece) {
    for (std::size_t i = 0; i < piece.size; ++i)
        if (piece.memory[i] != piece.mark) return false;
    return true;
}

/// Sizes about every border between the kinds of memory.
const std::size_t sizes[] = {0,       1,       64,      131'071,   131'072,   131'073,  200'000,
                             700'000, 1 << 20, 1048577, 2'097'152, 4'194'303, 4'194'304};

TEST(ArrayMemory, PiecesKeepTheirContentsWhileOthersComeAndGo) {
    std::vector<Piece> pieces;
    unsigned char mark = 0;
    for (int round = 0; round < 6; ++round) {
        for (const std::size_t size : sizes) pieces.push_back(make(size, ++mark));
        for (std::size_t n = static_cast<std::size_t>(round) % 2; n < pieces.size(); n += 2) {
            EXPECT_TRUE(intact(pieces[n]));
            release_array(pieces[n].memory);
            pieces[n] = make(pieces[n].size / 2 + 70'000, ++mark);
        }
    }
    for (const Piece& piece : pieces) {
        EXPECT_TRUE(intact(piece));
        release_array(piece.memory);
    }
}

TEST(ArrayMemory, NullMayBeReleased) { release_array(nullptr); }

TEST(ArrayMemory, ServesSeveralThreads) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([t] {
            for (int n = 0; n < 50; ++n) {
                const Piece a =
                    make(150'000 + static_cast<std::size_t>(n) * 1000, static_cast<unsigned char>(t));
                const Piece b = make(300'000, static_cast<unsigned char>(t + 100));
                EXPECT_TRUE(intact(a) && intact(b));
                release_array(a.memory);
                EXPECT_TRUE(intact(b));
                release_array(b.memory);
            }
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sporkle::runtime
