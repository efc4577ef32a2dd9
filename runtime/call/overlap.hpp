// Whether two strided tensors share a byte of memory.
#pragma once

#include <cstdint>

#include <sporkle/extents.hpp>

namespace sporkle::runtime {

/// A tensor in memory: what overlap needs of a TensorView.
struct Footprint {
    const TensorView* view = nullptr;
    int rank = 0;
    int element_bytes = 1;
};

/// Addresses [lowest, end) between which all of a tensor's bytes lie; both 0 for a tensor without elements.
struct AddressRange {
    std::uint64_t lowest = 0, end = 0;
};
AddressRange address_range(const Footprint& tensor);

/// Whether an element of one tensor shares a byte with an element of the other. Exact, also for interleaved
/// views such as the two halves of every row, except that strides which make the answer too hard to find (it
/// is a bounded linear Diophantine problem) give true.
bool overlap(const Footprint& x, const Footprint& y);

}  // namespace sporkle::runtime
