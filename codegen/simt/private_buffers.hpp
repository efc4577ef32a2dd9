// What becomes of a member's private memory when the member is many threads.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/ir/tile.hpp"
#include "codegen/simt/element_form.hpp"

namespace sporkle::codegen {

struct PrivateBuffer {
    enum Kind {
        none,       ///< not private
        whole,      ///< only scalars: each thread keeps a copy of all
        share,      ///< only vectors of one length at multiples of it: each thread keeps its lanes
        exchanged,  ///< anything else: threads read what others wrote, so it lies in shared memory
    } kind = none;
    /// share: elements of the buffer for one element of a thread, where the element number is a multiple of
    /// the vectors' length.
    std::int64_t divisor = 1;
};

/// By buffer number.
std::vector<PrivateBuffer> place_private_buffers(const tile::Kernel& kernel, const Definitions& definitions);

}  // namespace sporkle::codegen
