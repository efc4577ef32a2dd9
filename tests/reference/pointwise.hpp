// A second evaluator of Programs, for comparison with the reference: one point at a time, by recursion, with
// nothing planned, batched or kept. It shares no code with the reference but the functions of sporkle/math.
#pragma once

#include <sporkle/program.hpp>

#include "tests/support/random_program.hpp"

namespace sporkle::testing {

/// Evaluates the Program on the call's arguments; inputs and outputs share no memory.
void evaluate_pointwise(const Program& program, Call& call);

}  // namespace sporkle::testing
