// The part of adapted() that makes calls of repairs out of what a device does inexactly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"
#include "targets/spirv/interface/instructions.hpp"

namespace sporkle::spirv {

/// The words of all instructions of a module, for the device; the repairs are in it already. Throws
/// Error(invalid_bundle) where one is needed and missing.
std::vector<std::uint32_t> with_repairs_called(std::span<const Instruction> module,
                                               const DeviceFacts& device);

}  // namespace sporkle::spirv
