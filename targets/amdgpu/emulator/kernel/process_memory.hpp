// The program's own memory, as the kernel's page tables have it.
#pragma once

#include <cstdint>

namespace sporkle::amdgpu::emulator {

/// 0 where all of it is mapped and may be read, and written if that is asked; -EFAULT otherwise. -EPERM where
/// it has to be anonymous and is a file's.
int check_process_memory(std::uint64_t address, std::uint64_t bytes, bool to_write, bool only_anonymous);

}  // namespace sporkle::amdgpu::emulator
