// A driver that flushes, as NVIDIA's of 2025 does, pretended on devices that do not: for modules that have
// been adapted to such a one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::test {

/// What the probe finds on such a device.
spirv::DeviceFacts flushing_device();

/// The module with functions in place of every Fma of f32, every comparison of f32, every conversion from f32
/// to f64, every change of f32's sign bit, and every selection between the operands of a comparison by it;
/// they take subnormals as zeros of their sign, give such zeros, and are exact otherwise. Needs a device with
/// exact f64.
std::vector<std::uint32_t> with_flushing_driver(std::span<const std::uint32_t> module);

}  // namespace sporkle::test
