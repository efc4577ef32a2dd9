// Fetched: tensors in the memory of devices, brought to the process for the time of a call.
//
// What overlaps or interleaves comes as one region, so that everything in it keeps its place to everything
// else: what worked in place does so here, and an element that two tensors share is one element. Memory that
// the host sees anyhow is used where it is.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/call/call.hpp"
#include "runtime/memory/aligned_bytes.hpp"

namespace sporkle::runtime {

class Fetched {
  public:
    /// Brings the tensors of a call that lie in the memory of any device but `except`. Throws
    /// Error(device_failure), Error(out_of_memory).
    void fetch(const Call& call, const Device* except);
    /// A tensor as the process sees it: the call's own where it was not fetched.
    const TensorView& view(int tensor) const { return views_[tensor]; }
    /// Writes what holds outputs back to its device.
    void put_back();

  private:
    struct Region {
        const DeviceStorage* storage = nullptr;
        std::uint64_t lowest = 0, end = 0;
        bool read = false, written = false;
        std::byte* memory = nullptr;
        std::size_t bytes() const { return static_cast<std::size_t>(end - lowest); }
    };
    void find_regions(const Call& call, const Device* except);
    void merge_regions();
    void load_regions();

    TensorView views_[max_tensors];
    std::vector<Region> regions_;
    std::vector<AlignedBytes> memory_;  ///< kept from call to call
};

}  // namespace sporkle::runtime
