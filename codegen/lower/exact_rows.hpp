// A few rows of a sum of products by themselves, straight from the tensors, on a machine whose own fma takes
// and gives subnormals as zeros: what flush_guard.hpp falls back on.
//
// The machine's fma is right where its operands are no subnormals and its result is neither 0 nor flushed to
// it. So a chunk of steps is computed with fma that are marked flush-safe, and all factors and sums on the
// way are looked at. Where one of them may have been flushed, the chunk is computed again from where it
// began, by fma that are not marked. Sums come near the subnormals in few chunks, however small some factors
// are.
#pragma once

#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

/// The stage's sums, a vector for each of the points, which stand at rows of their own and at the same
/// columns; `steps` counts all reduction indices as one and is not 0.
std::vector<tile::Value> exact_rows(StageWriter& w, const Stage& stage, const std::vector<Point>& points,
                                    tile::Value steps);

}  // namespace sporkle::codegen
