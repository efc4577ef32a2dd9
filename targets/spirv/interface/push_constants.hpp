// What the code of a dispatch gets from the driver: the contract between the emitter and the driver, together
// with adapt.hpp.
//
// One SPIR-V module is one dispatch: entry point "main" (GLCompute), local size (members, 1, 1), no
// descriptor sets. A workgroup runs the task `first + WorkgroupId` of the grid, so that a grid larger than
// the device's limits is run in pieces.
//
// Modules read the parameter block at its address. Behind PushConstants the driver may push the block's first
// words, and adapt modules to take them from there.
#pragma once

#include <cstdint>

namespace sporkle::spirv {

struct PushConstants {
    std::uint64_t words = 0;   ///< device address of the parameter block
    std::uint64_t arenas = 0;  ///< device address of task scratch, one arena for each workgroup of this piece
    std::uint64_t arena_bytes = 0;  ///< size of one arena
    std::int64_t first[3] = {};     ///< grid position of the workgroup (0, 0, 0)
};
static_assert(sizeof(PushConstants) == 48);

/// PushConstants and what is pushed behind it take no more bytes, however many a device has room for: it is
/// what most have, and holds the words of nearly every kernel.
inline constexpr std::uint32_t most_pushed_bytes = 256;

/// Numbers of the specialisation constants (decoration SpecId), each a 32-bit value. What else differs
/// between devices is settled by adapt.hpp.
enum class SpecId : std::uint32_t {
    subgroup_size = 0,  ///< size of the subgroups that the pipeline asks for, full and in the order of the
                        ///< invocations; 1 (the default) where shuffles must go through shared memory
};

}  // namespace sporkle::spirv
