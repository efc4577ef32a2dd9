// Normalisation: Program → Program in which elementwise temporaries are inlined (inline_temporaries.hpp), and
// every statement holds at most one reduction, and that reduction has the statement's own free indices. Other
// reductions move into statements of their own, which assign temporaries. The result computes the same bits:
// a hoisted reduction is stored in its value type, so nothing is rounded twice.
#pragma once

#include <sporkle/program.hpp>

namespace sporkle::codegen {

/// Argument tensors, scalars and indices keep their numbers, so the parameter block does not change;
/// temporaries are added at the end. Throws sporkle::Error(unsupported) when the Program's tables have no
/// room for them.
Program normalize(const Program& program);

}  // namespace sporkle::codegen
