// The calling convention of a compiled x86 dispatch.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sporkle::bundle {

/// Runs tasks [first, last) of a dispatch. Task t has grid ids t mod grid[0], t / grid[0] mod grid[1],
/// t / (grid[0] · grid[1]). `parameters` is the parameter block (sporkle/parameter_block.hpp), `task_scratch`
/// the arena of this thread, aligned to 64 bytes. System V AMD64; MXCSR must hold its default (round to
/// nearest, no flushing); the upper vector halves are clean on return.
using EntryPoint = void (*)(const std::uint64_t* parameters, std::byte* task_scratch, std::int64_t first,
                            std::int64_t last, const std::int64_t* grid);

}  // namespace sporkle::bundle
