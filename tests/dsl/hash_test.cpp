// The identity of kernels: equal where they compute the same in the same way, whatever the translation unit,
// the compiler and the names; different otherwise.
#include <map>

#include <gtest/gtest.h>

#include <sporkle/hash.hpp>

#include "tests/dsl/hash_other_unit.hpp"
#include "tests/dsl/many_kernels.hpp"

namespace sporkle::testing {
namespace {

TEST(Hash, ManyKernelsDifferPairwise) {
    const std::vector<Hash> hashes = hashes_of_many_kernels();
    EXPECT_GT(hashes.size(), 200u);
    std::map<Hash, std::size_t> seen;
    for (std::size_t n = 0; n < hashes.size(); ++n) {
        const auto [place, fresh] = seen.emplace(hashes[n], n);
        EXPECT_TRUE(fresh) << "kernels " << place->second << " and " << n;
    }
}

TEST(Hash, AnotherTranslationUnitHasTheSame) { EXPECT_EQ(hashes_of_many_kernels(), hashes_of_other_unit()); }

TEST(Hash, NamesDoNotCount) {
    constexpr auto one = kernel<"one">(C(i, j) = sum(k, A(i, k) * B(k, j)) + alpha);
    constexpr auto p = index<"p">;
    constexpr auto q = index<"q">;
    constexpr auto l = index<"l">;
    constexpr auto other =
        kernel<"other">(tensor<"out", f32, 2>(p, q) = sum(l, tensor<"left", f32, 2>(p, l) * B(l, q)) + beta);
    EXPECT_EQ(one.hash(), other.hash());
}

TEST(Hash, WaysToWriteASubscriptDoNotCount) {
    constexpr auto plain = kernel<"k">(y(i) = x(i + 2));
    constexpr auto sum_of_parts = kernel<"k">(y(i) = x(3 + i * 2 - i - 1));
    constexpr auto nested = kernel<"k">(y(i) = x(-(-2 - 1 * i)));
    EXPECT_EQ(plain.hash(), sum_of_parts.hash());
    EXPECT_EQ(plain.hash(), nested.hash());
}

TEST(Hash, IsAConstantExpression) {
    constexpr auto copy = kernel<"k">(y(i) = x(i));
    static_assert(copy.hash() == hash_of(copy.program()));
    static_assert(copy.hash() != Hash{});
    static_assert(copy.hash() == kernel<"l">(y(j) = x(j)).hash());
}

}  // namespace
}  // namespace sporkle::testing
