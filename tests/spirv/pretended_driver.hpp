// Drivers whose arithmetic is not exact, pretended on devices where it is: for modules that have been adapted
// to such a one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::test {

/// What the probe finds on a device whose driver flushes as NVIDIA's of 2025 does.
spirv::DeviceFacts flushing_device();

/// The module with functions in place of all operations of f32 that such a driver does in its own way:
///
///   an Fma that flushes or is exact     takes subnormals as zeros of their sign, gives such zeros; or not
///   comparisons that are not exact      flush, and what they select of their operands
///   conversions to f64, changes of sign, that are not exact, flush
///   divisions and square roots that are not exact, in both widths, flush and are off by 2^-21
///
/// and with subgroups of one, where there are no shuffles. Needs a device with exact f64. An Fma that is
/// inexact is to be there no more.
std::vector<std::uint32_t> with_pretended_driver(std::span<const std::uint32_t> module,
                                                 const spirv::DeviceFacts& facts);

}  // namespace sporkle::test
