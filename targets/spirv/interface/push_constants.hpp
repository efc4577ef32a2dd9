// What the code of a dispatch gets as push constants: the contract between the emitter and the driver.
//
// One SPIR-V module is one dispatch: entry point "main" (GLCompute), local size (members, 1, 1), no
// descriptor sets. A workgroup runs the task `first + WorkgroupId` of the grid, so that a grid larger than
// the device's limits is run in pieces.
//
// Specialisation constants (booleans, 32-bit values as Vulkan has them) say what the probe found of the
// device; the module contains the repair for each and the driver's compiler drops what is not needed.
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

/// Numbers of the specialisation constants (decoration SpecId).
enum class SpecId : std::uint32_t {
    fused_fma_f32 = 0,  ///< Fma rounds once
    fused_fma_f64 = 1,
    exact_division_f32 = 2,  ///< division rounds correctly
    exact_division_f64 = 3,
    exact_sqrt_f32 = 4,
    exact_sqrt_f64 = 5,
    subgroup_size = 6,  ///< u32: size of the subgroups that the pipeline asks for, full and in the order of
                        ///< the invocations; 1 where shuffles must go through shared memory
};

}  // namespace sporkle::spirv
