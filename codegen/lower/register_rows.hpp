// Rows in registers: a fused task whose rows are short. An element of an input is read once, stays in a
// register until every stage has used it, as rows of temporaries do, and results are written once. The code
// is straight, so that a whole row is on its way from memory at once: with a subgroup for each row that fills
// the memory's bandwidth, and threads that are a subgroup need no barriers.
//
// A row has a member of its own, or several have it together (Schedule::row_members): then each one has a
// share of neighbouring elements in its registers. Order::lanes has a chain of 64 partials in each block of
// elements, which goes from one member to the next through shared memory.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

/// Whether what the stages do at one value of the `fixed` indices is along rows of `least` to `most`
/// elements, as far as extents are known, and in step: a stage reads of what others assigned the element at
/// which it stands. Their reductions are those of Order::lanes.
bool run_along_rows(const Program& normalized, const std::vector<Stage>& stages, IndexSet fixed,
                    std::int64_t least, std::int64_t most);

/// Whether some row has no compile-time extent.
bool has_runtime_rows(const Program& normalized, const std::vector<Stage>& stages, IndexSet fixed);

/// All stages in the rows of a task. Schedule::register_elements / row_members is a number of whole pieces,
/// or of pairs of vectors, and divides a block of Order::lanes. Where row_members > 1, they are all members.
/// `outer` are the indices of the rows, which `grid` is made for. What the code relies on becomes
/// preconditions.
void write_register_rows(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                         const std::vector<int>& outer, IndexSet fixed, Formula grid[3]);

}  // namespace sporkle::codegen
