// Numbers that are hard on software arithmetic: few bits set, long runs of bits, limits of the exponent,
// specials.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <type_traits>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

template <class T>
class Adversary {
  public:
    using I = IntegerOf<T>;
    using U = std::make_unsigned_t<I>;
    using L = std::numeric_limits<T>;
    static constexpr int fraction_bits = L::digits - 1;
    static constexpr int exponents = 2 * L::max_exponent;  // of finite numbers, and one for ∞ and NaN

    explicit Adversary(std::uint64_t seed) : random_(seed) {}

    /// A fraction with few bits set, long runs of bits, or any.
    U fraction() {
        const U mask = (U(1) << fraction_bits) - 1;
        const U any = static_cast<U>(random_());
        const auto shift = [this] { return random_() % static_cast<unsigned>(fraction_bits); };
        switch (random_() % 5) {
            case 0:
                return any & mask;
            case 1:
                return (U(1) << shift()) & mask;
            case 2:
                return (mask << shift()) & mask;
            case 3:
                return (mask >> shift()) & mask;
            default:
                return ((U(1) << shift()) | (U(1) << shift())) & mask;
        }
    }
    T number(int exponent) {
        const U sign = static_cast<U>(random_() & 1) << (8 * sizeof(T) - 1);
        exponent = std::min(std::max(exponent, 0), exponents - 1);
        return std::bit_cast<T>(sign | static_cast<U>(exponent) << fraction_bits | fraction());
    }
    T number() {
        switch (random_() % 16) {
            case 0:
                return number(static_cast<int>(random_() % 3));  // about the least normal number
            case 1:
                return number(exponents - 2 + static_cast<int>(random_() % 2));
            case 2: {
                const T specials[] = {0,        T(-0.0),     L::infinity(), -L::infinity(),  L::quiet_NaN(),
                                      L::max(), L::lowest(), L::min(),      L::denorm_min(), 1,
                                      -1};
                return specials[random_() % std::size(specials)];
            }
            default:
                return number(static_cast<int>(random_() % exponents));
        }
    }
    /// An addend for a · b: somewhere near the product, at its negative, at its rounding error, or anywhere.
    T addend(T a, T b) {
        const T product = a * b;
        switch (random_() % 8) {
            case 0:
                return number();
            case 1:
                return -product;
            case 2:
                return -std::nextafter(product, L::infinity());
            case 3:
                return -std::nextafter(product, -L::infinity());
            case 4:
                return std::fma(a, b, -product);
            default: {
                int exponent = 0;
                if (std::isfinite(product)) std::frexp(product, &exponent);
                const int spread = 2 * L::digits + 6;
                return number(exponent + L::max_exponent - 2 +
                              static_cast<int>(random_() % static_cast<unsigned>(2 * spread)) - spread);
            }
        }
    }
    /// A factor that brings the product near overflow or underflow, or any.
    T factor(T a) {
        if (random_() % 3 != 0 || !std::isfinite(a) || a == 0) return number();
        const int own = std::ilogb(a);
        const int target = random_() % 2 ? L::max_exponent : L::min_exponent - L::digits / 2;
        const int around = static_cast<int>(random_() % 80) - 40;
        return number(target - own + around + L::max_exponent - 1);
    }

  private:
    std::mt19937_64 random_;
};

}  // namespace sporkle::math
