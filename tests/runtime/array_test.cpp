#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

TEST(Array, IsZeroedAlignedAndRowMajor) {
    Array<float, 2> a({3, 5});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.data()) % 64, 0u);
    EXPECT_EQ(a.size(), 15);
    for (const float element : a) EXPECT_EQ(element, 0.0f);
    a(1, 2) = 7.0f;
    EXPECT_EQ(a.data()[7], 7.0f);
    EXPECT_TRUE(a.view().is_dense());
}

TEST(Array, MixesIntegerTypesInExtents) {
    const Context ctx(plain_options());
    const std::size_t rows = 3;
    const int columns = 4;
    const Array<double, 2> a = ctx.array<double>({rows, columns});
    EXPECT_EQ(a.extent(0), 3);
    EXPECT_EQ(a.extent(1), 4);
}

TEST(Array, MayBeEmptyOrASingleElement) {
    Array<float, 3> empty({4, 0, 2});
    EXPECT_EQ(empty.size(), 0);
    EXPECT_EQ(empty.begin(), empty.end());
    const Context ctx(plain_options());
    Array<std::int64_t, 0> one = ctx.array<std::int64_t>();
    EXPECT_EQ(one.size(), 1);
    one() = 5;
    EXPECT_EQ(*one.data(), 5);
}

TEST(Array, CopiesDeeplyAndMoves) {
    Array<int, 1> a({4});
    a(2) = 9;
    Array<int, 1> b = a;
    b(2) = 1;
    EXPECT_EQ(a(2), 9);
    const int* data = a.data();
    Array<int, 1> c = std::move(a);
    EXPECT_EQ(c.data(), data);
    a = b;
    EXPECT_EQ(a(2), 1);
    EXPECT_NE(a.data(), b.data());
}

TEST(Array, RefusesImpossibleExtents) {
    const Thrown negative = thrown_by([] { Array<float, 2>({3, -1}); });
    EXPECT_EQ(negative.code, ErrorCode::invalid_argument);
    EXPECT_NE(negative.message.find("-1"), std::string::npos) << negative.message;
    const std::int64_t huge = std::int64_t(1) << 40;
    EXPECT_EQ(thrown_by([&] { Array<float, 2>({huge, huge}); }).code, ErrorCode::invalid_argument);
    // An extent of 0 does not excuse the others.
    EXPECT_EQ(thrown_by([&] { Array<float, 3>({huge, 0, huge}); }).code, ErrorCode::invalid_argument);
}

TEST(View, SlicesWithStepsOfBothSigns) {
    Array<float, 1> a({10});
    for (int n = 0; n < 10; ++n) a(n) = static_cast<float>(n);
    const auto odd = a.slice(0, 1, 10, 2);
    ASSERT_EQ(odd.extent(0), 5);
    EXPECT_EQ(odd(4), 9.0f);
    const auto reversed = a.slice(0, 9, -1, -1);
    ASSERT_EQ(reversed.extent(0), 10);
    EXPECT_EQ(reversed(0), 9.0f);
    EXPECT_EQ(reversed(9), 0.0f);
    const auto thirds = a.slice(0, 8, 1, -3);
    ASSERT_EQ(thirds.extent(0), 3);
    EXPECT_EQ(thirds(2), 2.0f);
    EXPECT_EQ(a.slice(0, 4, 4).extent(0), 0);
    EXPECT_EQ(a.slice(0, 10, 10).extent(0), 0);
    EXPECT_EQ(a.slice(0, -1, -1, -1).extent(0), 0);
    EXPECT_EQ(odd.slice(0, 4, -1, -2)(1), 5.0f);  // of a slice
    EXPECT_EQ(a.slice(0, 3, 10, std::numeric_limits<std::int64_t>::max()).extent(0), 1);
    EXPECT_EQ(a.slice(0, 3, -1, std::numeric_limits<std::int64_t>::min()).extent(0), 1);
}

TEST(View, RefusesSlicesOutOfRange) {
    Array<float, 2> a({4, 6});
    for (const auto& bad : {std::array<std::int64_t, 3>{0, 7, 1},
                            {-1, 3, 1},
                            {3, 2, 1},
                            {0, 3, 0},
                            {6, 2, -1},
                            {3, -2, -1},
                            {1, 3, -1}}) {
        const Thrown error = thrown_by([&] { a.slice(1, bad[0], bad[1], bad[2]); });
        EXPECT_EQ(error.code, ErrorCode::invalid_argument);
        EXPECT_NE(error.message.find("extent 6"), std::string::npos) << error.message;
    }
    volatile int beyond = 2;  // or the compiler warns
    EXPECT_EQ(thrown_by([&] { a.slice(beyond, 0, 1); }).code, ErrorCode::invalid_argument);
}

TEST(View, TransposesPermutesSelectsAndBroadcasts) {
    Array<float, 3> a({2, 3, 4});
    fill(a.flat());
    EXPECT_EQ(a.transpose()(3, 1, 0), a(0, 1, 3));
    const auto permuted = a.permute({1, 2, 0});
    EXPECT_EQ(permuted.extents(), (std::array<std::int64_t, 3>{3, 4, 2}));
    EXPECT_EQ(permuted(2, 3, 1), a(1, 2, 3));
    const auto row = a.select(1, 2);
    static_assert(decltype(row)::rank == 2);
    EXPECT_EQ(row(1, 3), a(1, 2, 3));
    const auto repeated = a.slice(0, 1, 2).broadcast(0, 100);
    EXPECT_EQ(repeated(99, 2, 3), a(1, 2, 3));
    EXPECT_EQ(thrown_by([&] { a.broadcast(0, 3); }).code, ErrorCode::invalid_argument);
    EXPECT_EQ(thrown_by([&] { a.permute({0, 0, 1}); }).code, ErrorCode::invalid_argument);
    EXPECT_EQ(thrown_by([&] { a.select(0, 2); }).code, ErrorCode::invalid_argument);
    const Thrown error = thrown_by([&] { a.at(1, 3, 0); });
    EXPECT_NE(error.message.find("subscript 3 in dimension 1 of extent 3"), std::string::npos)
        << error.message;
}

TEST(View, WrapsMemoryOfTheCaller) {
    std::vector<float> memory(12);
    fill(memory);
    const auto columns = view(memory.data(), {4, 3}, {1, 4});
    EXPECT_EQ(columns(2, 1), memory[6]);
    EXPECT_FALSE(columns.is_dense());
    EXPECT_TRUE(columns.transpose().is_dense());
    EXPECT_TRUE(view(memory.data(), {1, 12}, {99, 1}).is_dense());  // the stride of a single row says nothing
    const std::vector<float>& constant = memory;
    static_assert(std::is_same_v<decltype(view(constant)), View<const float, 1>>);
    float single = 3.0f;
    EXPECT_EQ(view(single)(), 3.0f);
}

}  // namespace
}  // namespace sporkle::test
