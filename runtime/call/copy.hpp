// Copies strided elements.
#pragma once

#include <cstddef>

#include <sporkle/extents.hpp>

namespace sporkle::runtime {

/// Copies all elements of `from` to the elements of `to` that have the same subscripts. The views have the
/// same extents and share no memory. An element has 1, 2, 4 or 8 bytes. Dimensions are walked in the order of
/// the strides of `to`, and those that together are like one become one, so that what lies together in both
/// is copied in one piece whatever the order of the dimensions.
void copy_elements(const TensorView& from, const TensorView& to, int rank, int element_bytes);

}  // namespace sporkle::runtime
