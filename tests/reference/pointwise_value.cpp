#include "tests/reference/pointwise_value.hpp"

#include <cmath>
#include <cstring>

#include <sporkle/half.hpp>
#include <sporkle/math/functions.hpp>

namespace sporkle::testing {

Value integer(DType type, std::uint64_t bits) {
    Value v{type};
    switch (type) {
        case DType::i8:
            v.i = static_cast<std::int8_t>(bits);
            break;
        case DType::u8:
            v.i = static_cast<std::uint8_t>(bits);
            break;
        case DType::i16:
            v.i = static_cast<std::int16_t>(bits);
            break;
        case DType::i32:
            v.i = static_cast<std::int32_t>(bits);
            break;
        case DType::u32:
            v.i = static_cast<std::uint32_t>(bits);
            break;
        case DType::boolean:
            v.i = bits != 0;
            break;
        default:
            v.i = static_cast<std::int64_t>(bits);
    }
    return v;
}
static Value number(float x) { return {DType::f32, x, 0, 0}; }
Value number(double x) { return {DType::f64, 0, x, 0}; }
static Value truth(bool x) { return {DType::boolean, 0, 0, x}; }

/// A value from the pattern in which memory, literals and scalars hold it.
Value from_bits(DType storage, std::uint64_t bits) {
    float f = 0;
    double d = 0;
    switch (storage) {
        case DType::f64:
            std::memcpy(&d, &bits, 8);
            return number(d);
        case DType::f32:
            std::memcpy(&f, &bits, 4);
            return number(f);
        case DType::f16:
            return number(static_cast<float>(half::from_bits(static_cast<std::uint16_t>(bits))));
        case DType::bf16:
            return number(static_cast<float>(bfloat16::from_bits(static_cast<std::uint16_t>(bits))));
        case DType::boolean:
            return truth((bits & 0xff) != 0);
        default:
            return integer(storage, bits);
    }
}

std::uint64_t to_bits(DType storage, const Value& v) {
    std::uint64_t bits = static_cast<std::uint64_t>(v.i);
    if (storage == DType::f64) std::memcpy(&bits, &v.d, 8);
    if (storage == DType::f32) std::memcpy(&bits, &v.f, 4);
    if (storage == DType::f16) bits = half(v.f).bits();
    if (storage == DType::bf16) bits = bfloat16(v.f).bits();
    return bits;
}

namespace {

template <class T>
T one(Op op, T x) {
    switch (op) {
        case Op::neg:
            return -x;
        case Op::abs:
            return std::fabs(x);
        case Op::sqrt:
            return std::sqrt(x);
        case Op::floor:
            return std::floor(x);
        case Op::ceil:
            return std::ceil(x);
        case Op::trunc:
            return std::trunc(x);
        case Op::round_even:
            return std::rint(x);
        case Op::exp:
            return math::exp(x);
        case Op::log:
            return math::log(x);
        case Op::tanh:
            return math::tanh(x);
        case Op::sigmoid:
            return math::sigmoid(x);
        default:
            return math::rsqrt(x);
    }
}
template <class T>
T two(Op op, T a, T b) {
    switch (op) {
        case Op::add:
            return a + b;
        case Op::sub:
            return a - b;
        case Op::mul:
            return a * b;
        case Op::div:
            return a / b;
        case Op::min:
            return a < b ? a : b;
        default:
            return a > b ? a : b;
    }
}
template <class T>
bool compared(Op op, T a, T b) {
    switch (op) {
        case Op::less:
            return a < b;
        case Op::less_equal:
            return a <= b;
        case Op::greater:
            return a > b;
        case Op::greater_equal:
            return a >= b;
        case Op::equal:
            return a == b;
        default:
            return a != b;
    }
}

/// Integers and booleans, in 128 bits, wrapped by the caller.
std::int64_t two_integers(Op op, DType type, std::int64_t a, std::int64_t b) {
    __extension__ using Wide = __int128;
    const int width = 8 * size_of(type);
    const auto count = static_cast<int>(((b % width) + width) % width);
    const bool is_unsigned = type == DType::u8 || type == DType::u32;
    switch (op) {
        case Op::add:
            return static_cast<std::int64_t>(Wide(a) + b);
        case Op::sub:
            return static_cast<std::int64_t>(Wide(a) - b);
        case Op::mul:
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
        case Op::div:
            return b == 0 ? 0 : static_cast<std::int64_t>(Wide(a) / b);
        case Op::rem:
            return b == 0 ? 0 : static_cast<std::int64_t>(Wide(a) % b);
        case Op::min:
            return a < b ? a : b;
        case Op::max:
            return a > b ? a : b;
        case Op::bit_and:
        case Op::logical_and:
            return a & b;
        case Op::bit_or:
        case Op::logical_or:
            return a | b;
        case Op::bit_xor:
            return a ^ b;
        case Op::shl:
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << count);
        default:
            return is_unsigned ? static_cast<std::int64_t>(static_cast<std::uint64_t>(a) >> count)
                               : a >> count;
    }
}

}  // namespace

Value binary(Op op, const Value& a, const Value& b) {
    if (op >= Op::less && op <= Op::not_equal) {
        if (a.type == DType::f32) return truth(compared(op, a.f, b.f));
        if (a.type == DType::f64) return truth(compared(op, a.d, b.d));
        return truth(compared(op, a.i, b.i));
    }
    if (a.type == DType::f32) return number(two(op, a.f, b.f));
    if (a.type == DType::f64) return number(two(op, a.d, b.d));
    return integer(a.type, static_cast<std::uint64_t>(two_integers(op, a.type, a.i, b.i)));
}

Value unary(Op op, const Value& a) {
    if (a.type == DType::f32) return number(one(op, a.f));
    if (a.type == DType::f64) return number(one(op, a.d));
    if (op == Op::logical_not || (op == Op::bit_not && a.type == DType::boolean)) return truth(a.i == 0);
    if (op == Op::bit_not) return integer(a.type, ~static_cast<std::uint64_t>(a.i));
    if (op == Op::abs && a.i >= 0) return a;
    return integer(a.type, 0 - static_cast<std::uint64_t>(a.i));
}

Value multiply_add(const Value& a, const Value& b, const Value& c) {
    if (a.type == DType::f32) return number(std::fma(a.f, b.f, c.f));
    if (a.type == DType::f64) return number(std::fma(a.d, b.d, c.d));
    return binary(Op::add, binary(Op::mul, a, b), c);
}

namespace {

/// The value as a long double, which holds every value of every type (checked where it is used).
long double exact(const Value& v) {
    return v.type == DType::f32 ? v.f : v.type == DType::f64 ? v.d : static_cast<long double>(v.i);
}

/// Rounds to a 16-bit format by way of a double that is exact or sticky in its last place.
template <class Storage>
Value through(const Value& v) {
    const long double x = exact(v);
    double d = static_cast<double>(x);
    if (static_cast<long double>(d) != x && x == x) {  // a 64-bit integer: cut, and set the last bit
        if (std::fabs(static_cast<long double>(d)) > std::fabs(x)) d = std::nextafter(d, 0.0);
        std::uint64_t bits = 0;
        std::memcpy(&bits, &d, 8);
        bits |= 1;
        std::memcpy(&d, &bits, 8);
    }
    return number(static_cast<float>(Storage(d)));
}

}  // namespace

Value cast(DType to, const Value& a) {
    const long double x = exact(a);
    if (to == DType::f16) return through<half>(a);
    if (to == DType::bf16) return through<bfloat16>(a);
    if (to == DType::f64) return number(static_cast<double>(x));
    if (to == DType::f32)
        return number(a.type == DType::f64 ? static_cast<float>(a.d) : static_cast<float>(x));
    if (to == DType::boolean) return truth(x != 0);
    if (!is_float(a.type)) return integer(to, static_cast<std::uint64_t>(a.i));
    const int width = 8 * size_of(to);
    const long double highest = is_signed(to) ? std::ldexp(1.0L, width - 1) - 1 : std::ldexp(1.0L, width) - 1;
    const long double lowest = is_signed(to) ? -std::ldexp(1.0L, width - 1) : 0;
    if (x != x) return integer(to, 0);
    const long double whole = std::trunc(x);
    const long double inside = whole < lowest ? lowest : whole > highest ? highest : whole;
    return integer(to, static_cast<std::uint64_t>(static_cast<std::int64_t>(inside)));
}

}  // namespace sporkle::testing
