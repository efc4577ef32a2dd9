// Runs one operation of Tile IR over columns of elements, through the interpreter.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "codegen/ir/builder.hpp"

namespace sporkle::testing {

/// Elements as bit patterns in the form of tile::Instruction::bits.
using Column = std::vector<std::uint64_t>;
using Operation = std::function<tile::Value(tile::Builder&, std::span<const tile::Value>)>;

/// Row by row, `operation` applied to the operands of these types; by vectors of 5 lanes, so that whole and
/// partial vectors occur. All columns are equally long. `flushes`: see Execution.
Column elementwise(const Operation& operation, const std::vector<DType>& operands, DType result,
                   const std::vector<Column>& columns, bool flushes = false);

/// Values of the type where operations go wrong if they do: zeros, extremes, neighbours of powers of two,
/// halves, subnormals, infinities, NaN.
Column edge_values(DType type);

/// All pairs (x, y) of two columns, as two columns.
std::vector<Column> pairs(const Column& x, const Column& y);

/// "f32 bits 0x3f800000"
std::string text_of_bits(DType type, std::uint64_t bits);

/// Whether the bits are a NaN of the floating type.
bool is_nan(DType type, std::uint64_t bits);

inline constexpr DType integer_types[] = {DType::i8,  DType::u8,  DType::i16,
                                          DType::i32, DType::u32, DType::i64};
inline constexpr DType all_types[] = {DType::f64, DType::f32, DType::f16,    DType::bf16,
                                      DType::i8,  DType::u8,  DType::i16,    DType::i32,
                                      DType::u32, DType::i64, DType::boolean};

}  // namespace sporkle::testing
