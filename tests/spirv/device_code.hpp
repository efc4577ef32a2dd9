// Runs one Tile IR kernel in the interpreter and as SPIR-V on every Vulkan device of this machine, through
// the runtime's driver, and compares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/target.hpp"
#include "runtime/device.hpp"
#include "targets/spirv/interface/adapt.hpp"
#include "tests/emit/machine.hpp"

namespace sporkle::test {

using spirv::adapted;
using spirv::DeviceFacts;
using spirv::Exactness;
using spirv::FloatControls;

/// The SPIR-V target of this build.
const codegen::EmitTarget& spirv_target();

/// A variant that holds just this kernel. `scratch_words` words at the end of its parameter block are
/// scratch.
codegen::Variant spirv_variant_of(tile::Kernel kernel, int scratch_words = 0);

/// The module of the kernel's only dispatch.
std::vector<std::uint32_t> module_of(tile::Kernel kernel);

/// Devices that run SPIR-V, opened once; and why there are none.
const std::vector<runtime::Device*>& vulkan_devices();
std::string why_no_vulkan_device();
/// The same devices, taken for exact: for modules that have been adapted already. A module is adapted once,
/// since that leaves out the repairs and the marks that it did not need.
const std::vector<runtime::Device*>& trusted_devices();

/// A device that does nothing exactly and grants no float control.
DeviceFacts worst_device();

/// Expects valid modules, as emitted and adapted to the worst device.
void expect_valid(const std::vector<std::uint32_t>& module);

}  // namespace sporkle::test
