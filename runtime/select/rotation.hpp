// Copies of a call's arguments for an exhaustive search: enough of them that in turn they do not stay in the
// last cache, up to a bound. They lie where the caller's own arguments lie, which are only read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/call/call.hpp"
#include "runtime/memory/aligned_bytes.hpp"
#include "runtime/memory/device_storage.hpp"
#include "runtime/memory/spares.hpp"

namespace sporkle::runtime {

class Rotation {
  public:
    /// `cache_bytes` is the size of the last cache, 0 where unknown. The copies have the strides and
    /// alignments of the call's tensors, so whatever fits its workload fits them; none shares memory with
    /// another one. Throws Error(out_of_memory).
    Rotation(const Call& call, std::int64_t cache_bytes, SpareKeeper& spares);

    const Call& call(std::size_t turn) const { return calls_[turn % calls_.size()]; }

  private:
    Call copy(const Call& call);
    Operand copy_in_process(const Call& call, int tensor);
    Operand copy_on_device(const Call& call, int tensor);

    SpareKeeper& spares_;
    std::vector<AlignedBytes> memory_;
    std::deque<DeviceStorage> storages_;
    std::vector<Call> calls_;
};

}  // namespace sporkle::runtime
