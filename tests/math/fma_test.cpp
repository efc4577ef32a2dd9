// Software fma against std::fma, on cases chosen to be hard: cancellation, ties, subnormals, overflow,
// exponents far apart, specials.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include <sporkle/math/fma.hpp>

#include "tests/math/adversary.hpp"

namespace sporkle::math {
namespace {

template <class T>
void compare(int count, std::uint64_t seed) {
    Adversary<T> adversary(seed);
    for (int i = 0; i < count; ++i) {
        const T a = adversary.number(), b = adversary.factor(a), c = adversary.addend(a, b);
        const T expected = std::fma(a, b, c);
        const T actual = software_fma(Scalar<T>(a), Scalar<T>(b), Scalar<T>(c)).value;
        if (expected != expected && actual != actual) continue;
        ASSERT_EQ(std::bit_cast<IntegerOf<T>>(actual), std::bit_cast<IntegerOf<T>>(expected))
            << std::hexfloat << "fma(" << a << ", " << b << ", " << c << ") gave " << actual << " instead of "
            << expected << "; seed " << seed << ", case " << i;
    }
}

constexpr int cases = 4'000'000;  // a hundred million and more were run once, with other seeds

TEST(SoftwareFma, f32_equals_fma) { compare<float>(cases, 1); }
TEST(SoftwareFma, f64_equals_fma) { compare<double>(cases, 2); }

}  // namespace
}  // namespace sporkle::math
