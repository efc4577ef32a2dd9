// Division and square root from inexact first guesses, against the machine's own, on cases chosen to be hard:
// quotients near ties, subnormal results, limits of the exponent, specials. The guesses take and give
// subnormals as 0; in some tests, so do fma and comparisons.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include <sporkle/math/shared_divisor.hpp>
#include <sporkle/math/square_root.hpp>

#include "tests/math/adversary.hpp"
#include "tests/math/flushing.hpp"

namespace sporkle::math {
namespace {

template <class T>
T without_subnormal(T x) {
    return std::fabs(x) < std::numeric_limits<T>::min() ? std::copysign(T(0), x) : x;
}

/// 1 / x and √x with errors of up to 2^-20, subnormals being 0.
template <class T>
class Inexact {
  public:
    explicit Inexact(std::uint64_t seed) : random_(seed) {}
    T reciprocal(T x) { return near(1 / without_subnormal(x)); }
    T root(T x) { return near(std::sqrt(without_subnormal(x))); }

  private:
    T near(T exact) {
        return without_subnormal(
            exact * (T(1) + std::ldexp(T(1), -20) * std::uniform_real_distribution<T>(-1, 1)(random_)));
    }

    std::mt19937_64 random_;
};

template <class T>
T value_of(Scalar<T> x) {
    return x.value;
}
template <class T>
T value_of(Flushing<T> x) {
    return x.number.value;
}

template <class T>
bool same(T actual, T expected) {
    using I = IntegerOf<T>;
    if (expected != expected) return actual != actual;
    return std::bit_cast<I>(actual) == std::bit_cast<I>(expected);
}

/// Divisors that bring the quotient near a tie, near the limits of the exponent, or anywhere.
template <class T>
T divisor(Adversary<T>& adversary, T a, unsigned choice) {
    if (choice % 4 == 0) return adversary.factor(T(1) / a);
    if (choice % 4 != 1) return adversary.number();
    const T middle = std::nextafter(T(1) + adversary.number() * std::numeric_limits<T>::epsilon(), T(2));
    return a / middle;
}

template <template <class> class V, class T>
void compare_quotients(int count, std::uint64_t seed) {
    Adversary<T> adversary(seed);
    Inexact<T> inexact(seed);
    const auto reciprocal = [&](V<T> x) { return V<T>(inexact.reciprocal(value_of(x))); };
    for (int i = 0; i < count; ++i) {
        const T a = adversary.number(), b = divisor(adversary, a, static_cast<unsigned>(i));
        const T expected = a / b;
        const T any = value_of(any_quotient(V<T>(a), V<T>(b), reciprocal));
        ASSERT_TRUE(same(any, expected)) << std::hexfloat << a << " / " << b << " gave " << any
                                         << " instead of " << expected << "; seed " << seed << ", case " << i;
        if (value_of(is_moderate(V<T>(a)) & is_moderate(V<T>(b)))) {
            const T by_reciprocal = value_of(quotient_by(V<T>(a), V<T>(b), V<T>(1 / b)));
            ASSERT_TRUE(same(by_reciprocal, expected))
                << std::hexfloat << a << " / " << b << " gave " << by_reciprocal << " instead of " << expected
                << "; seed " << seed << ", case " << i;
        }
        if (!value_of(is_easy_division(V<T>(a), V<T>(b)))) continue;
        const T easy = value_of(easy_quotient(V<T>(a), V<T>(b), reciprocal(V<T>(b))));
        ASSERT_TRUE(same(easy, expected))
            << std::hexfloat << a << " / " << b << " gave " << easy << " instead of " << expected << "; seed "
            << seed << ", case " << i;
    }
}

template <template <class> class V, class T>
T root_of(T x, Inexact<T>& inexact) {
    return value_of(correct_square_root(
        V<T>(x), [&](V<T> y) { return V<T>(inexact.root(value_of(y))); },
        [&](V<T> r) { return V<T>(T(0.5) * inexact.reciprocal(value_of(r))); }));
}

template <template <class> class V, class T>
void compare_roots(int count, std::uint64_t seed) {
    Adversary<T> adversary(seed);
    Inexact<T> inexact(seed);
    for (int i = 0; i < count; ++i) {
        T x = adversary.number();
        if (i % 3 == 0) x = std::nextafter(x * x, i % 2 == 0 ? T(0) : std::numeric_limits<T>::max());
        const T expected = std::sqrt(x), actual = root_of<V>(x, inexact);
        ASSERT_TRUE(same(actual, expected))
            << std::hexfloat << "sqrt(" << x << ") gave " << actual << " instead of " << expected << "; seed "
            << seed << ", case " << i;
    }
}

constexpr int cases = 2'000'000;  // a hundred million were run once, with other seeds

TEST(Division, f32_equals_the_quotient) { compare_quotients<Scalar, float>(cases, 3); }
TEST(Division, f64_equals_the_quotient) { compare_quotients<Scalar, double>(cases, 4); }
TEST(SquareRoot, f32_equals_the_root) { compare_roots<Scalar, float>(cases, 5); }
TEST(SquareRoot, f64_equals_the_root) { compare_roots<Scalar, double>(cases, 6); }
TEST(Division, f32_flush_safe) { compare_quotients<Flushing, float>(cases, 8); }
TEST(SquareRoot, f32_flush_safe) { compare_roots<Flushing, float>(cases, 9); }

/// Divisors just below a power of two are where a reciprocal that is almost correctly rounded goes wrong.
TEST(Division, f32_below_powers_of_two) {
    Inexact<float> inexact(7);
    for (std::uint32_t below = 1; below <= 8; ++below) {
        const float b = std::bit_cast<float>(0x40000000 - below);
        for (std::uint32_t fraction = 0; fraction < 1u << 23; fraction += 5) {
            const float a = std::bit_cast<float>(0x3f800000 | fraction);
            const float actual = any_quotient(Scalar<float>(a), Scalar<float>(b), [&](Scalar<float> x) {
                                     return Scalar<float>(inexact.reciprocal(x.value));
                                 }).value;
            ASSERT_EQ(actual, a / b) << std::hexfloat << a << " / " << b;
            ASSERT_EQ(quotient_by(Scalar<float>(a), Scalar<float>(b), Scalar<float>(1 / b)).value, a / b)
                << std::hexfloat << a << " / " << b;
        }
    }
}

}  // namespace
}  // namespace sporkle::math
