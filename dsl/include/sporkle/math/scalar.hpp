// Scalar<T>: a plain number in the clothes in which the algorithms of this folder are written.
//
// Every algorithm here is a template over a value type V: V<float>, V<double>, V<std::int32_t>,
// V<std::int64_t> and V<bool> behave like numbers, with no branch, no memory and no operation that a vector
// unit lacks. With V = Scalar the text computes numbers (the reference does that); with the value type of
// codegen/lower/math.cpp the same text writes Tile IR. So the bits agree by construction. What V<T> offers:
//
//   + - * /  -x            rounding once; integers wrap (no division of integers)
//   fma, sqrt, abs, round_even
//   flush_safe_fma         fma, but where T is float, subnormals may count as 0 (below)
//   & | ^ ~                integers and booleans
//   shift_left, shift_right, shift_right_logical (x, constant count)
//   shift_left(x, V<T> count)                            count below the width
//   < <= > >= == !=        V<bool>; subnormal floats may count as 0
//   select(c, x, y)        x where c
//   min(a, b), max(a, b)   a < b ? a : b, a > b ? a : b: with a NaN the second operand;
//                          subnormal floats, also as results, may count as 0
//   bits_of(x), number_from_bits(i)    float and i32, double and i64
//   convert<To>(x)         value conversion as in a Program
// and every binary operation with a C++ number as the second or first operand.
//
// Some machines keep subnormal numbers in sums, products and quotients of single precision, but flush them in
// fma and in comparisons: subnormal operands, and results, count as zeros of their sign. There, what must not
// flush has to be repaired, at some cost. So that little has to be,
//   - flush_safe_fma stands for fma wherever that is proven harmless, and
//   - every comparison of floats, min and max must be harmless:
// whether any one of these flushes or not, the function's result has the same bits. The proof, beside each
// where it is not plain, mostly is one of two:
//   - operands and result are never subnormal: a sum of multiples of u is 0 or at least u;
//   - a number is added beside which all that flushing can take away, less than 2^-125, does not count.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace sporkle::math {

/// The integer as wide as a floating type, and the reverse.
template <class T>
using IntegerOf = std::conditional_t<std::same_as<T, double>, std::int64_t, std::int32_t>;
template <class T>
using FloatOf = std::conditional_t<std::same_as<T, std::int64_t>, double, float>;

/// Keeps a compiler from contracting this product with a sum that follows, which it may do where the machine
/// has a fused multiply-add and -ffp-contract is not off.
template <class T>
inline T rounded(T x) {
#if defined(__GNUC__) && (defined(__FP_FAST_FMA) || defined(__FP_FAST_FMAF))
    if constexpr (std::floating_point<T>) {
#if defined(__x86_64__)
        asm("" : "+x"(x));
#else
        asm("" : "+w"(x));
#endif
    }
#endif
    return x;
}

template <class T>
struct Scalar {
    T value;

    Scalar() = default;
    Scalar(T v) : value(v) {}  // numbers may stand wherever values do

  private:
    using Wide = std::conditional_t<std::integral<T> && !std::same_as<T, bool>, std::make_unsigned<T>,
                                    std::type_identity<T>>;
    using Computing = typename Wide::type;  // unsigned, so that integers wrap
    static Computing c(Scalar x) { return static_cast<Computing>(x.value); }

  public:
    friend Scalar operator+(Scalar a, Scalar b) { return static_cast<T>(c(a) + c(b)); }
    friend Scalar operator-(Scalar a, Scalar b) { return static_cast<T>(c(a) - c(b)); }
    friend Scalar operator*(Scalar a, Scalar b) { return rounded(static_cast<T>(c(a) * c(b))); }
    friend Scalar operator/(Scalar a, Scalar b) requires std::floating_point<T> { return a.value / b.value; }
    friend Scalar operator-(Scalar a) { return static_cast<T>(-c(a)); }
    friend Scalar operator&(Scalar a, Scalar b) { return static_cast<T>(a.value & b.value); }
    friend Scalar operator|(Scalar a, Scalar b) { return static_cast<T>(a.value | b.value); }
    friend Scalar operator^(Scalar a, Scalar b) { return static_cast<T>(a.value ^ b.value); }
    friend Scalar operator~(Scalar a) {
        if constexpr (std::same_as<T, bool>)
            return !a.value;
        else
            return static_cast<T>(~a.value);
    }
    friend Scalar shift_left(Scalar a, int count) { return static_cast<T>(c(a) << count); }
    friend Scalar shift_left(Scalar a, Scalar count) { return static_cast<T>(c(a) << c(count)); }
    friend Scalar shift_right(Scalar a, int count) { return static_cast<T>(a.value >> count); }
    friend Scalar shift_right_logical(Scalar a, int count) { return static_cast<T>(c(a) >> count); }

    friend Scalar<bool> operator<(Scalar a, Scalar b) { return a.value < b.value; }
    friend Scalar<bool> operator<=(Scalar a, Scalar b) { return a.value <= b.value; }
    friend Scalar<bool> operator>(Scalar a, Scalar b) { return a.value > b.value; }
    friend Scalar<bool> operator>=(Scalar a, Scalar b) { return a.value >= b.value; }
    friend Scalar<bool> operator==(Scalar a, Scalar b) { return a.value == b.value; }
    friend Scalar<bool> operator!=(Scalar a, Scalar b) { return a.value != b.value; }

    friend Scalar fma(Scalar a, Scalar b, Scalar d) { return std::fma(a.value, b.value, d.value); }
    friend Scalar flush_safe_fma(Scalar a, Scalar b, Scalar d) { return fma(a, b, d); }
    friend Scalar sqrt(Scalar a) { return std::sqrt(a.value); }
    friend Scalar abs(Scalar a) { return std::fabs(a.value); }
    friend Scalar round_even(Scalar a) { return std::nearbyint(a.value); }
    friend Scalar min(Scalar a, Scalar b) { return a.value < b.value ? a : b; }
    friend Scalar max(Scalar a, Scalar b) { return a.value > b.value ? a : b; }
    friend Scalar select(Scalar<bool> condition, Scalar a, Scalar b) { return condition.value ? a : b; }
};

inline Scalar<std::int32_t> bits_of(Scalar<float> x) { return std::bit_cast<std::int32_t>(x.value); }
inline Scalar<std::int64_t> bits_of(Scalar<double> x) { return std::bit_cast<std::int64_t>(x.value); }
inline Scalar<float> number_from_bits(Scalar<std::int32_t> i) { return std::bit_cast<float>(i.value); }
inline Scalar<double> number_from_bits(Scalar<std::int64_t> i) { return std::bit_cast<double>(i.value); }

/// Exact conversions only: integers to a float that holds them, float to double, between integers (wrapping).
template <class To, class From>
Scalar<To> convert(Scalar<From> x) {
    return static_cast<To>(x.value);
}

}  // namespace sporkle::math
