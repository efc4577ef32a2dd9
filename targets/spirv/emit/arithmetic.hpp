// Tile IR's arithmetic on one lane, in register forms (types.hpp), exact as codegen/ir/arithmetic.hpp says.
#pragma once

#include <set>

#include "codegen/ir/tile.hpp"
#include "targets/spirv/emit/code.hpp"

namespace sporkle::spirv {

/// What not every device does exactly: modules carry a repair function for each (repair.hpp). Operands and
/// subtrahends are those of all arithmetic, extensions those of integers by their sign
/// (targets/spirv/interface/hidden_operands.hpp).
enum class Repair {
    fma_f32,
    fma_f64,
    flushed_fma_f32,
    div_f32,
    div_f64,
    div_i64,
    sqrt_f32,
    sqrt_f64,
    convert_f64,
    less_f32,
    less_equal_f32,
    greater_f32,
    greater_equal_f32,
    equal_f32,
    not_equal_f32,
    sign_f32,
    operand_f32,
    operand_f64,
    subtrahend_f32,
    subtrahend_f64,
    extended_i64
};

class Arithmetic {
  public:
    /// Repairs that the operations want are added to `repairs`.
    Arithmetic(Code& code, std::set<Repair>& repairs) : code_(code), repairs_(repairs) {}

    Id unary(tile::Op op, DType type, Id a);
    Id binary(tile::Op op, DType type, Id a, Id b, bool flush_safe = false);
    Id compare(tile::Op op, DType type, Id a, Id b, bool flush_safe = false);
    Id fma(DType type, Id a, Id b, Id c, bool flush_safe);
    Id select(DType type, Id condition, Id a, Id b);
    /// convert.cpp. Conversions from and to f16 and bf16 have been expanded before.
    Id convert(DType from, DType to, Id a);
    Id bitcast(DType from, DType to, Id a);

    /// i32 and u32 operations on addresses: the same as binary(op, DType::u32, …).
    Id word(tile::Op op, Id a, Id b) { return binary(op, DType::u32, a, b); }

    /// The register form of the low bits of a 32- or 64-bit integer.
    Id normalized(DType type, Id a);

  private:
    Types& types() { return code_.types(); }
    Id bits_of(DType type, Id a);          ///< of a float
    Id from_bits(DType type, Id pattern);  ///< to a float
    Id float_sign(DType type);
    Id rounded(tile::Op op, DType type, Id a);
    Id boolean(tile::Op op, Id a, Id b);
    Id divide(tile::Op op, DType type, Id a, Id b);
    Id shift(tile::Op op, DType type, Id a, Id count);
    void want(Repair f32, Repair f64, DType type) { repairs_.insert(type == DType::f64 ? f64 : f32); }
    Id float_to_integer(DType from, DType to, Id a);

    Code& code_;
    std::set<Repair>& repairs_;
};

}  // namespace sporkle::spirv
