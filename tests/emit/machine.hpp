// What the tests of this folder know of the machine whose emitter they test. They are linked once for each
// target, with what its own folder under tests/ says here.
#pragma once

#include "codegen/ir/tile.hpp"
#include "tests/support/kernel_call.hpp"

namespace sporkle::test {

/// Expects emitted code of the kernel to do what the interpreter does, wherever it can be executed: the same
/// bits, but that any NaN equals any NaN, and not a byte touched outside of the buffers.
void expect_as_interpreted(const tile::Kernel& kernel, const Call& call);

/// Lanes of vectors worth trying: below, at and above what the machine has registers for.
std::vector<int> arithmetic_lanes(DType type);
std::vector<int> memory_lanes(DType type);
/// Lanes of the longest vectors that one instruction moves.
int widest_lanes(DType type);

}  // namespace sporkle::test
