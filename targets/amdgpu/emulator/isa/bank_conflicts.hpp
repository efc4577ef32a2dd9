// Bank conflicts of LDS accesses, for the counters.
#pragma once

#include <cstdint>

namespace sporkle::amdgpu::emulator {

/// Cycles beyond the least that an access of `bytes` a lane takes. Each cycle serves as many lanes as fill
/// the banks (4 bytes wide, a power of two of them, at most 32), and every bank once; lanes that want the
/// same word share it.
int bank_conflicts(const std::uint64_t* addresses, std::uint64_t mask, int bytes, int lanes, int banks);

}  // namespace sporkle::amdgpu::emulator
