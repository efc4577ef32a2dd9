// Registers that had no room, as the metadata behind LLVM's assembly text tells of each kernel.
#pragma once

#include <string_view>

namespace sporkle::bench::amd {

struct Spills {
    int kernels = 0;  ///< that the text has metadata of
    int vgprs = 0, sgprs = 0;
    int scratch_bytes = 0;  ///< of a lane, the most of any kernel

    int registers() const { return vgprs + sgprs; }
};

/// Sums over all kernels of the text. Throws Error(invalid_argument) where it has no such metadata.
Spills spills_of(std::string_view assembly);

}  // namespace sporkle::bench::amd
