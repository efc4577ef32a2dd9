// Rows in registers: a fused task whose rows are short. An element of an input is read once, stays in a
// register until every stage has used it, as rows of temporaries do, and results are written once. The code
// is straight, so that a whole row is on its way from memory at once: with a subgroup for each row that fills
// the memory's bandwidth, and threads that are a subgroup need no barriers.
//
// Where an extent is known at run time only, the code is that of Schedule::register_elements, in pieces of
// row_piece elements; what is beyond the end is branched around a piece at a time. Loads stand outside of
// such branches, since compilers keep them in order around branches: pieces that do not exist read existing
// elements. Rows are whole pieces (Schedule::aligned, a precondition), or each lane beyond the end stands at
// the last element.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

constexpr std::int64_t row_piece = 256;  ///< elements

/// Whether what the stages do at one value of the `fixed` indices is along rows of at most `limit` elements,
/// as far as extents are known, and in step: a stage reads of what others assigned the element at which it
/// stands. Their reductions are those of Order::lanes.
bool run_along_rows(const Program& normalized, const std::vector<Stage>& stages, IndexSet fixed,
                    std::int64_t limit);

/// Whether some row has no compile-time extent.
bool has_runtime_rows(const Program& normalized, const std::vector<Stage>& stages, IndexSet fixed);

/// All stages at a point. Schedule::register_elements is a number of whole pieces and no more than a block of
/// Order::lanes. What the code relies on becomes preconditions.
void write_register_rows(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                         const Point& at, IndexSet fixed);

}  // namespace sporkle::codegen
