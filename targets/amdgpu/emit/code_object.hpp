// What a dispatch needs out of a code object.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sporkle::amdgpu {

/// A kernel's code, with its entry at the beginning, and its descriptor (LLVM "User Guide for AMDGPU
/// Backend", Kernel Descriptor).
struct CompiledKernel {
    std::vector<std::byte> code;
    std::array<std::byte, 64> descriptor{};
};

/// The one kernel of a code object (version 5) as LLVM writes it, not linked. Throws Error(unsupported) when
/// it is not there, or when its code needs relocations.
CompiledKernel read_code_object(std::span<const char> object, const std::string& symbol);

}  // namespace sporkle::amdgpu
