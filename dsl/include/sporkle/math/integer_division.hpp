// Division of 64-bit integers by divisions of 32-bit ones, for compilers that get the former wrong.
//
// Algorithm D of Knuth, The Art of Computer Programming, volume 2, section 4.3.1, in digits of 16 bits, and
// for divisors of more than 32 bits the estimate of Warren, Hacker's Delight, section 9-5: the quotient of
// the upper 32 bits, which is right or one too high, less one; what is left then says which.
#pragma once

#include <cstdint>
#include <limits>

#include <sporkle/math/scalar.hpp>

namespace sporkle::math {

namespace integer_division_detail {

/// How many zeros stand above the highest one of x; 31 for 0.
template <template <class> class V>
V<std::uint32_t> leading_zeros(V<std::uint32_t> x) {
    V<std::uint32_t> count = x & 0u;
    for (const int n : {16, 8, 4, 2, 1}) {
        const V<bool> are_zeros = x < V<std::uint32_t>(1u << (32 - n));
        count = select(are_zeros, count + static_cast<std::uint32_t>(n), count);
        x = select(are_zeros, shift_left(x, n), x);
    }
    return count;
}

/// The quotient of `dividend` and `divisor`, whose highest bit is set and which is above the dividend's upper
/// half, so that the quotient has 32 bits.
template <template <class> class V, class Divide>
V<std::uint32_t> quotient_of_halves(V<std::uint32_t> high, V<std::uint32_t> low, V<std::uint32_t> divisor,
                                    const Divide& divide) {
    using Word = V<std::uint32_t>;
    constexpr std::uint32_t highest_digit = 0xffffu;
    const Word upper = shift_right_logical(divisor, 16), lower = divisor & highest_digit;
    const auto digit = [&](Word rest, Word next) {
        Word quotient = min(divide(rest, upper), Word(highest_digit));
        Word remainder = rest - quotient * upper;
        for (int turn = 0; turn < 2; ++turn) {  // it is at most two too high
            const V<bool> is_too_high =
                (remainder <= Word(highest_digit)) & (quotient * lower > (shift_left(remainder, 16) | next));
            quotient = select(is_too_high, quotient - 1u, quotient);
            remainder = select(is_too_high, remainder + upper, remainder);
        }
        return quotient;
    };
    const Word third = shift_right_logical(low, 16);
    const Word first = digit(high, third);
    const Word rest = (shift_left(high, 16) | third) - first * divisor;
    return shift_left(first, 16) | digit(rest, low & highest_digit);
}

}  // namespace integer_division_detail

/// a / b, towards zero; b is not 0, and b is not -1 where a is the lowest number. `divide` gives the quotient
/// of two V<std::uint32_t>, the second of which is not 0.
template <template <class> class V, class Divide>
V<std::int64_t> integer_quotient(V<std::int64_t> a, V<std::int64_t> b, const Divide& divide) {
    using Word = V<std::uint32_t>;
    using Long = V<std::int64_t>;
    const auto low = [](Long x) { return convert<std::uint32_t>(x); };
    const auto high = [](Long x) { return convert<std::uint32_t>(shift_right_logical(x, 32)); };
    const auto wide = [](Word x) { return convert<std::int64_t>(x); };
    const auto magnitude = [](Long x) { return select(x < Long(0), -x, x); };  // without sign
    constexpr std::int64_t sign = std::numeric_limits<std::int64_t>::min();

    const Long dividend = magnitude(a), divisor = magnitude(b);
    const V<bool> is_short = high(divisor) == Word(0u);
    const Long places =
        wide(integer_division_detail::leading_zeros(select(is_short, low(divisor), high(divisor))));
    const Word normal = high(shift_left(select(is_short, shift_left(divisor, 32), divisor), places));

    // By a short divisor: first the upper half, then what that leaves with the lower one.
    const Word first = divide(high(dividend), select(is_short, low(divisor), Word(1u)));
    const Word rest = high(dividend) - first * low(divisor);
    const Long part = select(is_short, shift_left(shift_left(wide(rest), 32) | wide(low(dividend)), places),
                             shift_right_logical(dividend, 1));
    const Long second =
        wide(integer_division_detail::quotient_of_halves(high(part), low(part), normal, divide));

    const Long estimate = shift_right_logical(shift_left(second, places), 31);
    const Long less = select(estimate == Long(0), estimate, estimate - 1);
    const V<bool> is_one_more = ((dividend - less * divisor) ^ sign) >= (divisor ^ sign);
    const Long by_long = select(is_one_more, less + 1, less);
    const Long quotient = select(is_short, shift_left(wide(first), 32) | second, by_long);
    return select((a ^ b) < Long(0), -quotient, quotient);
}

}  // namespace sporkle::math
