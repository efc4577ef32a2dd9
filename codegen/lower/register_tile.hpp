// What contractions do in registers, whatever the memory around them: a tile of accumulators, rows × vectors
// of columns, that takes one step of all its sums at a time.
#pragma once

#include <span>
#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

/// sums[row][vector] + rows[row] · columns[vector], fused, and flush-safe (tile::Op::fma) where that is said.
/// `rows` are scalars.
std::vector<tile::Value> outer_product(tile::Builder& builder, std::span<const tile::Value> rows,
                                       std::span<const tile::Value> columns,
                                       std::span<const tile::Value> sums, bool flush_safe = false);

/// Finishes the outputs at a point: the statement's expression with `sum` as the value of its reduction.
void write_sum(StageWriter& w, const Stage& stage, const Access& target, tile::Value sum, const Point& at);

}  // namespace sporkle::codegen
