// The kernel argument segment of a dispatch: the contract between the code that the emitter makes and the
// driver. It lies in memory that the user data of the dispatch point to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sporkle::amdgpu {

struct KernelArguments {
    std::uint64_t words = 0;   ///< address of the parameter block
    std::uint64_t arenas = 0;  ///< address of task scratch, one arena for each workgroup of this dispatch
    std::uint64_t arena_bytes = 0;  ///< size of one arena
    std::int64_t first[3] = {};     ///< grid position of workgroup (0, 0, 0)
    std::uint32_t groups[2] = {};   ///< workgroups in x and y, by which workgroups are numbered
};
static_assert(sizeof(KernelArguments) == 56 && offsetof(KernelArguments, groups) == 48);

}  // namespace sporkle::amdgpu
