// Fusion: all stages of a kernel in one dispatch. A task stands at one value of the indices that every stage
// has in common and keeps the temporaries, reduced to what belongs to that value, in task scratch: softmax
// and layer norm become one pass over rows that stay in the nearest cache.
#pragma once

#include <vector>

#include "codegen/lower/stage.hpp"
#include "codegen/lower/writer.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// The free indices at which all stages may stand together: plain on every left-hand side, used at the same
/// place of every tensor that one stage writes and another reads, and innermost in none, so that vectors keep
/// their axis. May be empty: then a single task runs everything.
IndexSet fusible_indices(const Program& normalized, const std::vector<Stage>& stages);

void write_fused_dispatch(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                          std::vector<Scratch>& scratch, Formula grid[3]);

/// Bytes of shared memory that all temporaries take when what a task keeps of each has at most `limit`
/// elements along an index without a compile-time extent. A temporary for which that is no bound counts
/// nothing: it lies in task scratch.
std::int64_t shared_bytes(const Program& normalized, IndexSet fixed, std::int64_t limit);

/// Whether what a task keeps of every temporary is a row: at most one index without a compile-time extent.
bool keeps_rows(const Program& normalized, IndexSet fixed);

/// Bytes of a temporary with the dimensions of the `fixed` indices left out.
Formula temporary_bytes(const Program& normalized, int tensor, IndexSet fixed);

}  // namespace sporkle::codegen
