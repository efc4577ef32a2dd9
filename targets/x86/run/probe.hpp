// Whether this CPU's arithmetic keeps the rules of the reproducible class.
#pragma once

#include <sporkle/device_info.hpp>

namespace sporkle::x86 {

/// Computes a few cases whose results tell the rules apart. `has_fma` says whether FMA instructions may be
/// executed; without them fma_fused is false, and compiled code builds its fma from wider arithmetic.
DeviceInfo::Arithmetic probe_arithmetic(bool has_fma);

}  // namespace sporkle::x86
