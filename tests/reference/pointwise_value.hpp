// Values and operations of the point-by-point evaluator (pointwise.hpp), in the plainest C++.
#pragma once

#include <cstdint>

#include <sporkle/program.hpp>

namespace sporkle::testing {

/// f32 values lie in `f`, f64 values in `d`, all others in `i`, within the range of their type.
struct Value {
    DType type = DType::i64;
    float f = 0;
    double d = 0;
    std::int64_t i = 0;
};

Value integer(DType type, std::uint64_t bits);  ///< wraps
Value number(double x);

/// A value from the pattern in which memory, literals and scalars hold it, and back.
Value from_bits(DType storage, std::uint64_t bits);
std::uint64_t to_bits(DType storage, const Value& v);

Value unary(Op op, const Value& a);
Value binary(Op op, const Value& a, const Value& b);
Value multiply_add(const Value& a, const Value& b, const Value& c);
Value cast(DType to, const Value& a);

}  // namespace sporkle::testing
