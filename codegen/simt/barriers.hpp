// Where a kernel whose members are spread over threads needs barriers: before every access that may meet an
// earlier access of another thread to the same element since the last barrier, where one of the two is a
// write.
//
// The analysis goes over the structured control flow with the set of accesses since the last barrier. What a
// loop's body leaves behind has also happened before its first instruction. A conflict with something before
// a loop puts the barrier before the loop, not into it. Two accesses are known to be harmless when the
// elements that they share belong to the same thread:
//   - vector loads and stores of N lanes each at elements that differ by a multiple of N (element x belongs
//   to
//     thread (x mod N) / (N / threads), whatever access touches it);
//   - scalar stores: the member's first thread does them all;
// or when the two touch different elements, at a known distance. Between members, which run at different
// places of the code, only accesses at one and the same place that moves with member_id are harmless.
//
// Different global buffers share memory only in place (runtime/README.md, "What a call means"): an element is
// written where the kernel read the element of the input that lies there, at the same point of the iteration
// space. A vector load and store of equal lanes are the same threads there, a scalar load and store are not.
// A scalar access and a vector one never stand at the same point: equal subscripts move with the lanes alike.
// And a global buffer that a kernel writes and never reads has each element written once.
#pragma once

#include <set>
#include <vector>

#include "codegen/ir/tile.hpp"

namespace sporkle::codegen {

/// The instructions of the kernel before which a barrier is due. `own` tells, by buffer, the private buffers
/// that threads of a member share (private_buffers.hpp). Throws std::logic_error, with kernel and buffer,
/// where a barrier would be needed to which not all members come.
std::set<const tile::Instruction*> needed_barriers(const tile::Kernel& kernel, const std::vector<bool>& own);

}  // namespace sporkle::codegen
