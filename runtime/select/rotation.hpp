// Copies of a call's arguments for an exhaustive search: enough of them that in turn they do not stay in the
// last cache, up to a bound. The caller's own arguments are only read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/call/call.hpp"
#include "runtime/memory/aligned_bytes.hpp"

namespace sporkle::runtime {

class Rotation {
  public:
    /// `cache_bytes` is the size of the last cache, 0 where unknown. The copies have the strides and
    /// alignments of the call's tensors, so they are of the same workload. Throws Error(out_of_memory).
    Rotation(const Call& call, std::int64_t cache_bytes);

    const Call& call(std::size_t turn) const { return calls_[turn % calls_.size()]; }

  private:
    Call copy(const Call& call);

    std::vector<AlignedBytes> memory_;
    std::vector<Call> calls_;
};

}  // namespace sporkle::runtime
