// Inlining: a temporary that is assigned elementwise and read in one place only becomes part of the
// expression that reads it, where that computes nothing more often than before. Chains of elementwise
// statements turn into one pass over memory. The bits stay: a temporary of a storage type rounds through a
// cast.
#pragma once

#include <sporkle/program.hpp>

namespace sporkle::codegen {

/// The Program without the statements that it inlines; their temporaries stay declared, unassigned and
/// unread. Numbers of tensors, scalars and indices do not change. Where the tables have no room nothing more
/// is inlined.
Program inline_temporaries(const Program& program);

/// Likewise with temporaries that are read several times, and in other spaces: work for memory.
Program recompute_temporaries(const Program& program);

}  // namespace sporkle::codegen
