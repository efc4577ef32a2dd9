// Copies of strided elements, and how tensors lie without their gaps: against what is counted one by one.
#include "runtime/call/packing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "runtime/call/copy.hpp"
#include "tests/support/seed.hpp"

namespace sporkle::runtime {
namespace {

class Packings : public ::testing::Test {
  protected:
    std::int64_t below(int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); }
    /// Extents and strides of either sign and of 0, whatever they may come to.
    TensorView any_view(int rank) {
        TensorView view;
        for (int d = 0; d < rank; ++d) {
            view.extents[d] = below(5);
            view.strides[d] = below(25) - 12;
        }
        return view;
    }
    /// Strides of a dense tensor in a random order of dimensions, some of them negative or with gaps.
    TensorView view_without_overlap(int rank, const TensorView& extents) {
        std::vector<int> order(static_cast<std::size_t>(rank));
        for (int d = 0; d < rank; ++d) order[static_cast<std::size_t>(d)] = d;
        std::shuffle(order.begin(), order.end(), random);
        TensorView view = extents;
        std::int64_t step = 1 + below(2);
        for (const int d : order) {
            view.strides[d] = below(2) == 0 ? step : -step;
            step = step * std::max<std::int64_t>(view.extents[d], 1) + below(3);
        }
        return view;
    }
    /// Calls visit(offset in elements) for all subscripts, in row-major order.
    template <class Visit>
    static void for_each(const TensorView& view, int rank, Visit&& visit) {
        std::int64_t at[max_rank] = {};
        for (int d = 0; d < rank; ++d)
            if (view.extents[d] == 0) return;
        for (;;) {
            std::int64_t offset = 0;
            for (int d = 0; d < rank; ++d) offset += at[d] * view.strides[d];
            visit(offset);
            int d = rank - 1;
            for (; d >= 0; --d) {
                if (++at[d] < view.extents[d]) break;
                at[d] = 0;
            }
            if (d < 0) return;
        }
    }
    static std::vector<std::int64_t> offsets(const TensorView& view, int rank) {
        std::vector<std::int64_t> all;
        for_each(view, rank, [&](std::int64_t offset) { all.push_back(offset); });
        return all;
    }

    const unsigned seed = sporkle::testing::test_seed();
    std::mt19937 random{seed};
};

TEST_F(Packings, KeepTheOrderOfTheElements) {
    for (int round = 0; round < 5000; ++round) {
        const int rank = static_cast<int>(below(4));
        const TensorView view = any_view(rank);
        const std::vector<std::int64_t> before = offsets(view, rank);
        const std::set<std::int64_t> different(before.begin(), before.end());
        const std::int64_t range = different.empty() ? 0 : *different.rbegin() - *different.begin() + 1;
        ASSERT_EQ(has_gaps(view, rank), static_cast<std::int64_t>(different.size()) < range);
        const Packing packing = pack(view, rank);
        const std::vector<std::int64_t> after = offsets(packing.view, rank);
        ASSERT_EQ(after.size(), before.size());
        if (before.empty()) {
            ASSERT_EQ(packing.elements, 0);
            continue;
        }
        ASSERT_LE(packing.elements, range);
        ASSERT_TRUE(!packing.same_strides || packing.elements == range);
        ASSERT_TRUE(packing.same_strides || static_cast<std::int64_t>(different.size()) < range);
        for (std::size_t e = 0; e < before.size(); ++e) {
            ASSERT_GE(packing.origin + after[e], 0);
            ASSERT_LT(packing.origin + after[e], packing.elements);
            ASSERT_TRUE(!packing.same_strides || after[e] == before[e]);
        }
        // Where all elements have places of their own they have them afterwards, without gaps.
        std::int64_t repeated = 1;
        for (int d = 0; d < rank; ++d)
            if (view.strides[d] == 0) repeated *= view.extents[d];
        const std::set<std::int64_t> places(after.begin(), after.end());
        const bool all_apart = static_cast<std::int64_t>(different.size()) * repeated ==
                               static_cast<std::int64_t>(before.size());
        ASSERT_TRUE(!all_apart || static_cast<std::int64_t>(places.size()) == packing.elements);
    }
}

TEST_F(Packings, KeepsWhatLiesTogetherTogether) {
    TensorView view;
    view.extents[0] = 3;
    view.extents[1] = 4;
    view.strides[0] = 1;  // columns of a matrix with 10 rows
    view.strides[1] = -10;
    const Packing packing = pack(view, 2);
    EXPECT_EQ(packing.elements, 12);
    EXPECT_EQ(packing.origin, 9);
    EXPECT_EQ(packing.view.strides[0], 1);
    EXPECT_EQ(packing.view.strides[1], -3);
}

template <class T>
void copy_anything(const TensorView& from_view, const TensorView& to_view, int rank) {
    constexpr std::int64_t middle = 4000;
    std::vector<T> from(2 * middle), to(2 * middle, T(7)), expected;
    for (std::size_t e = 0; e < from.size(); ++e) from[e] = static_cast<T>(e * 5 + 1);
    expected = to;
    std::int64_t at[max_rank] = {};
    const auto copy_by_hand = [&](auto&& self, int d, std::int64_t read, std::int64_t write) -> void {
        if (d == rank) {
            expected[static_cast<std::size_t>(middle + write)] =
                from[static_cast<std::size_t>(middle + read)];
            return;
        }
        for (at[d] = 0; at[d] < from_view.extents[d]; ++at[d])
            self(self, d + 1, read + at[d] * from_view.strides[d], write + at[d] * to_view.strides[d]);
    };
    copy_by_hand(copy_by_hand, 0, 0, 0);
    TensorView source = from_view, target = to_view;
    source.data = from.data() + middle;
    target.data = to.data() + middle;
    copy_elements(source, target, rank, sizeof(T));
    ASSERT_EQ(to, expected);
}

TEST_F(Packings, CopiesMoveEveryElement) {
    for (int round = 0; round < 3000; ++round) {
        const int rank = static_cast<int>(below(5));
        const TensorView from = any_view(rank), to = view_without_overlap(rank, from);
        copy_anything<std::uint8_t>(from, to, rank);
        copy_anything<std::uint16_t>(from, to, rank);
        copy_anything<std::uint32_t>(from, to, rank);
        copy_anything<std::uint64_t>(from, to, rank);
        if (HasFatalFailure()) FAIL() << "round " << round;
    }
}

}  // namespace
}  // namespace sporkle::runtime
