// A SPIR-V module from a bundle: checked, adapted to the device, and what has to be known to make a pipeline
// of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"

namespace sporkle::spirv::vulkan {

class Features;
struct PhysicalDevice;

struct Module {
    std::vector<std::uint32_t> words;  ///< adapted
    std::vector<std::uint32_t> capabilities;
    std::uint32_t local_size[3] = {1, 1, 1};
    bool has_subgroup_size = false;  ///< takes SpecId::subgroup_size
    std::uint64_t shared_bytes = 0;  ///< memory of a workgroup

    bool uses(std::uint32_t capability) const;
    std::uint64_t invocations() const;
};

/// Reads the bytes of one module; nothing in them is trusted further than that no byte outside of them is
/// touched: whether the code makes sense is between its writer and the GPU's driver. `what` names it in
/// messages. Throws Error(invalid_bundle).
Module read_module(std::span<const std::byte> bytes, const DeviceFacts& facts, const std::string& what);

/// Throws Error(unsupported) with the reason where the device lacks something that the module needs.
void require_support(const Module& module, const PhysicalDevice& device, const Features& features,
                     const std::string& what);

/// Size for SpecId::subgroup_size: one that the device can be made to use, that fills the workgroup; else 1.
std::uint32_t choose_subgroup_size(const Module& module, const PhysicalDevice& device,
                                   const Features& features);

}  // namespace sporkle::spirv::vulkan
