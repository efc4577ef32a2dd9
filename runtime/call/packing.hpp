// Where the elements of a strided tensor lie between its lowest and its highest address, and how they lie
// when the gaps between them are taken out.
#pragma once

#include <cstdint>

#include <sporkle/extents.hpp>

namespace sporkle::runtime {

/// A tensor that was moved to memory of its own.
struct Packing {
    TensorView view;            ///< its extents and strides there; no address
    std::int64_t elements = 0;  ///< that the memory holds
    std::int64_t origin = 0;    ///< number of the one whose subscripts are all 0
    bool same_strides = true;   ///< it lies there as it lay before, so that it can be moved in one piece
};

/// The least memory that holds a tensor whose elements are in the order in which they lay before. A repeated
/// dimension (stride 0) stays repeated. What has no gaps, or overlaps itself so much that it would grow,
/// stays as it is.
Packing pack(const TensorView& view, int rank);

/// Whether there are elements between the lowest and the highest that are not the tensor's.
bool has_gaps(const TensorView& view, int rank);

}  // namespace sporkle::runtime
