// Overlap of strided tensors against counting every byte.
#include "runtime/call/overlap.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include <sporkle/program.hpp>

#include "tests/support/seed.hpp"

namespace sporkle::runtime {
namespace {

std::set<std::intptr_t> bytes_of(const Footprint& tensor) {
    std::set<std::intptr_t> bytes;
    const TensorView& view = *tensor.view;
    std::int64_t place[max_rank] = {};
    for (int d = 0; d < tensor.rank; ++d)
        if (view.extents[d] == 0) return bytes;
    for (;;) {
        std::int64_t offset = 0;
        for (int d = 0; d < tensor.rank; ++d) offset += place[d] * view.strides[d];
        for (int b = 0; b < tensor.element_bytes; ++b)
            bytes.insert(reinterpret_cast<std::intptr_t>(view.data) + offset * tensor.element_bytes + b);
        int d = tensor.rank - 1;
        for (; d >= 0; --d) {
            if (++place[d] < view.extents[d]) break;
            place[d] = 0;
        }
        if (d < 0) return bytes;
    }
}

bool share_a_byte(const Footprint& x, const Footprint& y) {
    const auto a = bytes_of(x), b = bytes_of(y);
    for (const std::intptr_t byte : a)
        if (b.contains(byte)) return true;
    return false;
}

TensorView make_view(std::intptr_t address, std::vector<std::int64_t> extents,
                     std::vector<std::int64_t> strides) {
    TensorView view;
    view.data = reinterpret_cast<void*>(address);
    std::copy(extents.begin(), extents.end(), view.extents);
    std::copy(strides.begin(), strides.end(), view.strides);
    return view;
}

bool overlap(const TensorView& x, const TensorView& y, int rank, int bytes = 4) {
    return runtime::overlap({&x, rank, bytes}, {&y, rank, bytes});
}

TEST(Overlap, AgreesWithCountingBytes) {
    const unsigned seed = sporkle::testing::test_seed();
    RecordProperty("seed", static_cast<int>(seed));
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto up_to = [&](int most) {
        return static_cast<std::int64_t>(random() % static_cast<unsigned>(most + 1));
    };
    int sharing = 0;
    for (int round = 0; round < 20000; ++round) {
        TensorView views[2];
        Footprint tensors[2];
        for (int t = 0; t < 2; ++t) {
            views[t].data = reinterpret_cast<void*>(0x10000 + up_to(60));
            tensors[t] = {&views[t], static_cast<int>(up_to(3)), 1 << up_to(3)};
            for (int d = 0; d < tensors[t].rank; ++d) {
                views[t].extents[d] = round % 7 == 0 ? up_to(4) : 1 + up_to(4);
                views[t].strides[d] = up_to(24) - 12;
            }
        }
        const bool expected = share_a_byte(tensors[0], tensors[1]);
        sharing += expected;
        ASSERT_EQ(runtime::overlap(tensors[0], tensors[1]), expected) << "round " << round;
    }
    EXPECT_GT(sharing, 2000);
    EXPECT_LT(sharing, 18000);
}

TEST(Overlap, TellsInterleavedViewsApart) {
    const std::int64_t n = 1 << 20;
    // Left and right half of every row, even and odd elements, two fields of records.
    EXPECT_FALSE(
        overlap(make_view(0x1000, {n, 512}, {1024, 1}), make_view(0x1000 + 512 * 4, {n, 512}, {1024, 1}), 2));
    EXPECT_FALSE(overlap(make_view(0x1000, {n}, {2}), make_view(0x1004, {n}, {2}), 1));
    EXPECT_TRUE(overlap(make_view(0x1000, {n}, {2}), make_view(0x1006, {n}, {2}), 1));  // half an element
    EXPECT_TRUE(overlap(make_view(0x1000, {n}, {6}), make_view(0x1000 + 4 * 9, {n}, {15}), 1));
    EXPECT_FALSE(overlap(make_view(0x1000, {n}, {6}), make_view(0x1000 + 4 * 10, {n}, {15}), 1));  // gcd 3
    EXPECT_FALSE(overlap(make_view(0x1000, {n}, {1}), make_view(0x1000 + 4 * n, {n}, {1}), 1));
    EXPECT_TRUE(overlap(make_view(0x1000, {n}, {1}), make_view(0x1000 + 4 * (2 * n - 2), {n}, {-1}), 1));
    EXPECT_FALSE(overlap(make_view(0x1000, {0, n}, {n, 1}), make_view(0x1000, {1, n}, {n, 1}), 2));
}

TEST(Overlap, EndsWhenTheAnswerIsHardToFind) {
    // Eight dimensions with incommensurable strides on each side: whatever the answer, it comes soon.
    std::vector<std::int64_t> extents(8, 100), x, y;
    for (const std::int64_t prime : {1000003, 1000033, 1000037, 1000039, 1000081, 1000099, 1000117, 1000121})
        x.push_back(prime * 2);
    for (const std::int64_t prime : {1000133, 1000151, 1000159, 1000171, 1000183, 1000187, 1000193, 1000199})
        y.push_back(prime * 2);
    EXPECT_TRUE(overlap(make_view(0x1000, extents, x), make_view(0x1000 + 12345678 * 8, extents, y), 8));
    EXPECT_FALSE(
        overlap(make_view(0x1000, extents, x), make_view(0x1004 + 12345678 * 8, extents, y), 8));  // odd
}

}  // namespace
}  // namespace sporkle::runtime
