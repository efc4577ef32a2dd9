// From members of many threads to single threads: how a kernel written with wide vectors runs on a GPU.
//
// A lowering sees a GPU as a machine with wide vectors: a member has `threads` threads, and a vector of N
// lanes is spread over them in blocks, thread t holding lanes t·N/threads … Memory that consecutive lanes
// touch is then touched by consecutive threads. Scalars, and with them all control flow, are the same in
// every thread of a member. This pass makes that explicit:
//
//   vector of N ≥ threads lanes   →  N / threads lanes in each thread (1: a scalar)
//   vector of N < threads lanes   →  a scalar in each thread, of which the first N count
//   vector load, store            →  the thread's share; a store of a scalar is done by one thread
//   slice, extract, concat        →  shuffles
//   fragment                      →  itself, held by the threads of the member together
//   private buffer                →  each thread's share of its elements
//   shared, task, global buffers  →  a barrier wherever an access could meet another thread's access
//
// The result's members are the threads of all members, so Kernel::threads is 1 and shuffle_width the number
// of threads that a member had.
#pragma once

#include "codegen/ir/tile.hpp"

namespace sporkle::codegen {

/// `kernel` has passed the verifier, its threads are a power of two, and every vector's lanes are a multiple
/// or a divisor of them. The result has passed the verifier. Throws std::logic_error where a barrier or a
/// shuffle would be needed inside control flow that depends on member_id: a fault of the lowering.
tile::Kernel distribute(const tile::Kernel& kernel);

/// Joins scalar loads of neighbouring elements of one buffer into vector loads of 2 or 4 lanes where the
/// first one's alignment is known to allow it, so that a row of uniform values costs one instruction.
tile::Kernel join_loads(const tile::Kernel& kernel);

/// Divisions of f32 by one number, be it of several dividends or in a loop, share its reciprocal and one look
/// at their operands, where Op::flushes is true: machines known to be so divide by long sequences, each with
/// a branch. Each thread takes its own branch, so this is for kernels of single threads.
tile::Kernel join_divisions(const tile::Kernel& kernel);

/// Joins scalar stores to neighbouring elements of shared memory likewise.
tile::Kernel join_stores(const tile::Kernel& kernel);

}  // namespace sporkle::codegen
