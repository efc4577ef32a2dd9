// Memory of arrays, on huge pages where it pays and the system gives them. A kernel that streams through
// several arrays is limited by what holds their pages: ordinary pages lie anywhere, so some sets of a
// physically indexed cache get too many of them, and every 4 KiB cost an address translation.
//
//   below 128 KiB    ordinary memory
//   up to 1 MiB      a piece of a 2 MiB chunk that arrays share; the chunk goes back when its last piece does
//   above            ordinary memory, from 4 MiB on at the beginning of a huge page
#pragma once

#include <cstddef>

namespace sporkle::runtime {

inline constexpr std::size_t array_alignment = 64;

/// Uninitialised memory that begins at a multiple of array_alignment; null when there is none. Thread-safe.
void* allocate_array(std::size_t bytes);
/// Gives memory of allocate_array back; null is allowed. Thread-safe.
void release_array(void* memory) noexcept;

}  // namespace sporkle::runtime
