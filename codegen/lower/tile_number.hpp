// TileNumber<T>: the value type with which the algorithms of sporkle/math/ write Tile IR (see
// sporkle/math/scalar.hpp for what it must offer). It is a value of a kernel under construction, of any
// number of lanes, whose elements are T; or a C++ number that becomes a constant where it meets such a value.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <sporkle/math/scalar.hpp>

#include "codegen/ir/builder.hpp"

namespace sporkle::codegen {

template <class T>
constexpr DType dtype_of() {
    if constexpr (std::same_as<T, float>) return DType::f32;
    if constexpr (std::same_as<T, double>) return DType::f64;
    if constexpr (std::same_as<T, std::int32_t>) return DType::i32;
    if constexpr (std::same_as<T, std::uint32_t>) return DType::u32;
    if constexpr (std::same_as<T, std::int64_t>) return DType::i64;
    if constexpr (std::same_as<T, bool>) return DType::boolean;
}

template <class T>
class TileNumber {
  public:
    TileNumber(T literal) : literal_(literal) {}
    TileNumber(tile::Builder& builder, tile::Value value) : builder_(&builder), value_(value) {}

    tile::Value value() const { return value_; }
    tile::Builder* builder() const { return builder_; }

    /// This number as a value beside others, of which at least one is no literal.
    template <class U>
    tile::Value beside(const TileNumber<U>& other) const {
        if (builder_ != nullptr) return value_;
        const tile::Type type{dtype_of<T>(), other.builder()->type_of(other.value()).lanes};
        std::uint64_t bits = 0;
        if constexpr (std::same_as<T, float>)
            bits = std::bit_cast<std::uint32_t>(literal_);
        else if constexpr (std::same_as<T, double>)
            bits = std::bit_cast<std::uint64_t>(literal_);
        else
            bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(literal_));
        return other.builder()->constant_bits(type, bits);
    }

    friend TileNumber operator+(TileNumber a, TileNumber b) { return binary<T>(tile::Op::add, a, b); }
    friend TileNumber operator-(TileNumber a, TileNumber b) { return binary<T>(tile::Op::sub, a, b); }
    friend TileNumber operator*(TileNumber a, TileNumber b) { return binary<T>(tile::Op::mul, a, b); }
    friend TileNumber operator/(TileNumber a, TileNumber b) { return binary<T>(tile::Op::div, a, b); }
    friend TileNumber operator&(TileNumber a, TileNumber b) { return binary<T>(tile::Op::bit_and, a, b); }
    friend TileNumber operator|(TileNumber a, TileNumber b) { return binary<T>(tile::Op::bit_or, a, b); }
    friend TileNumber operator^(TileNumber a, TileNumber b) { return binary<T>(tile::Op::bit_xor, a, b); }
    friend TileNumber min(TileNumber a, TileNumber b) { return binary<T>(tile::Op::min, a, b); }
    friend TileNumber max(TileNumber a, TileNumber b) { return binary<T>(tile::Op::max, a, b); }
    friend TileNumber shift_left(TileNumber a, int count) {
        return binary<T>(tile::Op::shl, a, TileNumber(static_cast<T>(count)));
    }
    friend TileNumber shift_left(TileNumber a, TileNumber count) {
        return binary<T>(tile::Op::shl, a, count);
    }
    friend TileNumber shift_right(TileNumber a, int count) {
        return binary<T>(tile::Op::shr, a, TileNumber(static_cast<T>(count)));
    }
    friend TileNumber shift_right_logical(TileNumber a, int count) {
        return binary<T>(tile::Op::shr_logical, a, TileNumber(static_cast<T>(count)));
    }

    friend TileNumber<bool> operator<(TileNumber a, TileNumber b) {
        return binary<bool>(tile::Op::less, a, b);
    }
    friend TileNumber<bool> operator<=(TileNumber a, TileNumber b) {
        return binary<bool>(tile::Op::less_equal, a, b);
    }
    friend TileNumber<bool> operator>(TileNumber a, TileNumber b) {
        return binary<bool>(tile::Op::greater, a, b);
    }
    friend TileNumber<bool> operator>=(TileNumber a, TileNumber b) {
        return binary<bool>(tile::Op::greater_equal, a, b);
    }
    friend TileNumber<bool> operator==(TileNumber a, TileNumber b) {
        return binary<bool>(tile::Op::equal, a, b);
    }
    friend TileNumber<bool> operator!=(TileNumber a, TileNumber b) {
        return binary<bool>(tile::Op::not_equal, a, b);
    }

    friend TileNumber operator-(TileNumber a) { return unary(tile::Op::neg, a); }
    friend TileNumber operator~(TileNumber a) { return unary(tile::Op::bit_not, a); }
    friend TileNumber sqrt(TileNumber a) { return unary(tile::Op::sqrt, a); }
    friend TileNumber abs(TileNumber a) { return unary(tile::Op::abs, a); }
    friend TileNumber round_even(TileNumber a) { return unary(tile::Op::round_even, a); }

    friend TileNumber fma(TileNumber a, TileNumber b, TileNumber c) { return fused(a, b, c, false); }
    friend TileNumber flush_safe_fma(TileNumber a, TileNumber b, TileNumber c) {
        return fused(a, b, c, true);
    }
    friend TileNumber select(TileNumber<bool> condition, TileNumber a, TileNumber b) {
        return {*condition.builder(),
                condition.builder()->select(condition.value(), a.beside(condition), b.beside(condition))};
    }

  private:
    /// Comparisons, min and max of f32 are flush-safe, as scalar.hpp wants them.
    template <class R>
    static TileNumber<R> binary(tile::Op op, const TileNumber& a, const TileNumber& b) {
        const TileNumber& known = a.builder_ ? a : b;
        return {*known.builder_, known.builder_->binary(op, a.beside(known), b.beside(known), true)};
    }
    static TileNumber fused(const TileNumber& a, const TileNumber& b, const TileNumber& c, bool flush_safe) {
        const TileNumber& known = a.builder_ ? a : b.builder_ ? b : c;
        return {*known.builder_,
                known.builder_->fma(a.beside(known), b.beside(known), c.beside(known), flush_safe)};
    }
    static TileNumber unary(tile::Op op, const TileNumber& a) {
        return {*a.builder_, a.builder_->unary(op, a.value_)};
    }

    tile::Builder* builder_ = nullptr;  ///< null for a literal
    tile::Value value_;
    T literal_ = T();
};

template <class T>
requires std::floating_point<T> TileNumber<math::IntegerOf<T>> bits_of(TileNumber<T> x) {
    return {*x.builder(), x.builder()->bitcast(x.value(), dtype_of<math::IntegerOf<T>>())};
}
template <class T>
requires std::integral<T> TileNumber<math::FloatOf<T>> number_from_bits(TileNumber<T> i) {
    return {*i.builder(), i.builder()->bitcast(i.value(), dtype_of<math::FloatOf<T>>())};
}
template <class To, class From>
TileNumber<To> convert(TileNumber<From> x) {
    return {*x.builder(), x.builder()->convert(x.value(), dtype_of<To>())};
}

}  // namespace sporkle::codegen
