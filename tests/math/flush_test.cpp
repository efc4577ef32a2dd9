// Functions of single precision are the same where each operation that may flush does, or some do.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

#include <sporkle/math/exp.hpp>
#include <sporkle/math/log.hpp>
#include <sporkle/math/rsqrt.hpp>
#include <sporkle/math/sigmoid.hpp>
#include <sporkle/math/tanh.hpp>

#include "tests/math/flushing.hpp"

namespace sporkle::math {
namespace {

struct Exp {
    auto operator()(auto x) const { return exp(x); }
};
struct Log {
    auto operator()(auto x) const { return log(x); }
};
struct Tanh {
    auto operator()(auto x) const { return tanh(x); }
};
struct Sigmoid {
    auto operator()(auto x) const { return sigmoid(x); }
};
struct Rsqrt {
    auto operator()(auto x) const { return rsqrt(x); }
};
/// Two that are wrong.
struct UnsafeSum {
    auto operator()(auto x) const { return flush_safe_fma(x, x, x); }
};
struct UnsafeMaximum {
    auto operator()(auto x) const { return max(decltype(x)(0.0f), x); }
};

/// The inputs whose results differ where something flushes.
template <class Function>
struct Differences {
    int count = 0;
    float first = 0;

    void look_at(std::uint32_t pattern) {
        const float x = std::bit_cast<float>(pattern);
        const float expected = Function()(Scalar<float>(x)).value;
        const float actual = Function()(Flushing<float>(x)).number.value;
        const bool are_same = expected != expected ? actual != actual
                                                   : std::bit_cast<std::uint32_t>(actual) ==
                                                         std::bit_cast<std::uint32_t>(expected);
        if (!are_same && count++ == 0) first = x;
    }
};

/// Calls look_at(pattern) for the numbers next to every power of two (so next to 0, ∞ and the least normal
/// number), and for subnormals of all sizes.
template <class LookAt>
void near_powers_of_two(const LookAt& look_at) {
    constexpr std::uint32_t fraction_bits = 23, sign = 1u << 31, nearest = 300;
    for (std::uint32_t exponent = 0; exponent < 256; ++exponent)
        for (std::uint32_t distance = 0; distance < 2 * nearest; ++distance) {
            const std::uint32_t pattern = (exponent << fraction_bits) + distance - nearest;
            look_at(pattern & ~sign);
            look_at(pattern | sign);
        }
    for (std::uint32_t power = 0; power < fraction_bits; ++power)
        for (std::uint32_t distance = 0; distance < 2 * nearest; ++distance) {
            const std::uint32_t pattern = (1u << power) + distance - nearest;
            look_at(pattern & ~sign);
            look_at(pattern | sign);
        }
}

template <class Function>
class FlushSafe : public ::testing::Test {};
using Functions = ::testing::Types<Exp, Log, Tanh, Sigmoid, Rsqrt>;
TYPED_TEST_SUITE(FlushSafe, Functions);

constexpr std::uint64_t all_patterns = std::uint64_t(1) << 32;

// Each of the 2^32 was seen once; a run of the tests sees each 509th.
TYPED_TEST(FlushSafe, all_flush) {
    flushing = ~std::uint64_t(0);
    Differences<TypeParam> found;
    for (std::uint64_t pattern = 0; pattern < all_patterns; pattern += 509)
        found.look_at(static_cast<std::uint32_t>(pattern));
    near_powers_of_two([&](std::uint32_t pattern) { found.look_at(pattern); });
    EXPECT_EQ(found.count, 0) << std::hexfloat << "first at " << found.first;
}

TYPED_TEST(FlushSafe, some_flush) {
    constexpr std::uint64_t seed = 21;
    std::mt19937_64 random(seed);
    Differences<TypeParam> found;
    near_powers_of_two([&](std::uint32_t pattern) {
        flushing = random();
        found.look_at(pattern);
    });
    EXPECT_EQ(found.count, 0) << std::hexfloat << "first at " << found.first << ", seed " << seed;
}

TEST(FlushSafe, what_is_not_is_found) {
    flushing = ~std::uint64_t(0);
    Differences<UnsafeSum> sums;
    Differences<UnsafeMaximum> maxima;
    near_powers_of_two([&](std::uint32_t pattern) {
        sums.look_at(pattern);
        maxima.look_at(pattern);
    });
    EXPECT_GT(sums.count, 0);
    EXPECT_GT(maxima.count, 0);
}

}  // namespace
}  // namespace sporkle::math
