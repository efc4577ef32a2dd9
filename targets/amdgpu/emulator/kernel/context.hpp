// A context of submissions, and its queues: one for each ring of the GPU.
#pragma once

#include <cstdint>
#include <map>

#include "targets/amdgpu/emulator/gpu/fence.hpp"

namespace sporkle::amdgpu::emulator {

inline constexpr std::uint32_t compute_rings = 4;
/// A queue remembers the fences of so many submissions, and a further one waits for the oldest.
inline constexpr std::uint64_t remembered_fences = 32;

struct Context {
    std::uint32_t number = 0;
    std::int32_t priority = 0;
    bool guilty = false;                        ///< a job of its made the GPU reset
    std::uint32_t resets = 0, vram_losses = 0;  ///< the GPU's, when it was made
    std::uint32_t hangs = 0;
    std::uint32_t resets_told = 0;  ///< by QUERY_STATE
    struct Queue {
        std::uint64_t next = 1;  ///< number of the next submission
        std::map<std::uint64_t, FencePtr> fences;
    } queues[compute_rings];
};

}  // namespace sporkle::amdgpu::emulator
