// A SPIR-V module from a bundle: checked, adapted to the device, and what has to be known to make a pipeline
// of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"
#include "targets/spirv/interface/module_needs.hpp"

namespace sporkle::spirv::vulkan {

class Features;
struct PhysicalDevice;

struct Module : ModuleNeeds {
    std::vector<std::uint32_t> words;  ///< adapted
    bool shuffles_by_subgroup = true;  ///< else SpecId::subgroup_size is 1, however large subgroups are
};

/// Reads the bytes of one module; nothing in them is trusted further than that no byte outside of them is
/// touched: whether the code makes sense is between its writer and the GPU's driver. `what` names it in
/// messages. Throws Error(invalid_bundle).
Module read_module(std::span<const std::byte> bytes, const DeviceFacts& facts, const std::string& what);

/// Throws Error(unsupported) with the reason where the device lacks something that the module needs.
void require_support(const Module& module, const PhysicalDevice& device, const Features& features,
                     const std::string& what);

/// The size of subgroups to ask for: one that the device can be made to use, that fills the workgroup;
/// else 1.
std::uint32_t choose_subgroup_size(const Module& module, const PhysicalDevice& device,
                                   const Features& features);

}  // namespace sporkle::spirv::vulkan
