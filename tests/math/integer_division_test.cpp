// 64-bit quotients made of 32-bit ones, against the machine's: operands of all lengths, near powers of two
// and near multiples of the divisor.
#include <gtest/gtest.h>

#include <random>

#include <sporkle/math/integer_division.hpp>

namespace sporkle::math {
namespace {

using Word = Scalar<std::uint32_t>;

std::int64_t quotient(std::int64_t a, std::int64_t b) {
    const auto divide = [](Word x, Word y) {
        EXPECT_NE(y.value, 0u);
        return y.value == 0 ? Word(0u) : Word(x.value / y.value);
    };
    return integer_quotient(Scalar<std::int64_t>(a), Scalar<std::int64_t>(b), divide).value;
}

/// Any length, a few ones at either end, or a power of two and its neighbours, of either sign.
std::int64_t operand(std::mt19937_64& random) {
    const std::uint64_t any = random();
    const unsigned places = static_cast<unsigned>(random() % 64);
    std::uint64_t magnitude = any >> places;
    if (random() % 4 == 0) magnitude = (std::uint64_t{1} << places) + random() % 5 - 2;
    if (random() % 4 == 0) magnitude = ((any & 0xffff) << (places % 48)) + random() % 3 - 1;
    return static_cast<std::int64_t>(random() % 2 == 0 ? magnitude : 0 - magnitude);
}

bool is_defined(std::int64_t a, std::int64_t b) {
    return b != 0 && (b != -1 || a != std::numeric_limits<std::int64_t>::min());
}

TEST(IntegerDivision, EqualsTheMachines) {
    constexpr std::uint64_t seed = 11;
    std::mt19937_64 random(seed);
    for (int n = 0; n < 1000000; ++n) {
        const std::int64_t b = operand(random);
        std::int64_t a = operand(random);
        if (n % 3 == 0) {  // next to a multiple
            const auto factor = static_cast<std::uint64_t>(operand(random));
            a = static_cast<std::int64_t>(static_cast<std::uint64_t>(b) * factor + random() % 3 - 1);
        }
        if (!is_defined(a, b)) continue;
        ASSERT_EQ(quotient(a, b), a / b) << a << " / " << b << ", seed " << seed;
    }
}

TEST(IntegerDivision, OfTheLimits) {
    using Limits = std::numeric_limits<std::int64_t>;
    for (const std::int64_t a : {Limits::min(), Limits::min() + 1, Limits::max(), std::int64_t{0},
                                 std::int64_t{-1}, std::int64_t{1} << 32, -(std::int64_t{1} << 32)})
        for (const std::int64_t b : {Limits::min(), Limits::max(), std::int64_t{1}, std::int64_t{-1},
                                     std::int64_t{1} << 32, (std::int64_t{1} << 32) - 1}) {
            if (!is_defined(a, b)) continue;
            EXPECT_EQ(quotient(a, b), a / b) << a << " / " << b;
        }
}

}  // namespace
}  // namespace sporkle::math
