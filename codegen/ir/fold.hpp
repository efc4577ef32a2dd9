// Constant folding of one element.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

/// The result of an arithmetic operation, comparison or conversion on constants, in the form of
/// Instruction::bits. `from` is the operands' element type, `to` the result's. Nothing when the result is a
/// NaN: which of the NaNs an operation yields is the machine's choice.
std::optional<std::uint64_t> fold(Op op, DType from, DType to, std::span<const std::uint64_t> operands);

}  // namespace sporkle::tile
