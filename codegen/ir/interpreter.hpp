// Interpreter: executes a Kernel over memory given as bounded spans, one task after another. Slow and exact:
// it is the oracle between the lowerings and the emitters. Every access outside a buffer is an error, not
// undefined behaviour.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

/// What a buffer of the kernel may touch. `lowest` and `highest` are the element numbers, relative to the
/// base address, that lie inside (views with negative strides reach below their base).
struct Memory {
    std::byte* base = nullptr;
    std::int64_t lowest = 0, highest = -1;
};

struct Execution {
    std::span<const std::uint64_t> parameters;  ///< the parameter block
    std::span<const Memory> buffers;  ///< one per buffer of the kernel; only those of Space::global are used
    std::int64_t task_bytes = 0;      ///< size of the task scratch arena
    std::array<std::int64_t, 3> grid{1, 1, 1};
    /// As on a machine whose own fma of f32 takes and gives subnormals as 0: Op::flushes is true, and what is
    /// said to be flush-safe is computed so.
    bool flushes = false;
};

/// Runs all tasks. Returns an empty string, or what went wrong, with the task and the instruction's text: an
/// access out of bounds, an uninitialised read of task, shared or private memory, an alignment that is not
/// there, a loop that cannot end, a task that touches what another one writes in the same global buffer, a
/// barrier or shuffle to which not all members come on the same way, or a member that touches what another
/// one writes with no barrier in between (both looked for in buffers of up to 2^24 elements). A member is one
/// whatever its threads.
std::string interpret(const Kernel& kernel, const Execution& execution);

}  // namespace sporkle::tile
