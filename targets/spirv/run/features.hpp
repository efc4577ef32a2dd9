// Optional parts of Vulkan: which of them a device has, all of which are switched on, and which of SPIR-V's
// capabilities need them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/hash.hpp>

#include "targets/spirv/run/extensions.hpp"
#include "targets/spirv/run/instance.hpp"

namespace sporkle::spirv::vulkan {

struct PhysicalDevice;

/// The features that kernels may use, as far as the device has them.
class Features {
  public:
    Features(const Instance& instance, const PhysicalDevice& device);
    Features(const Features&) = delete;
    Features& operator=(const Features&) = delete;

    /// What the driver needs and the device lacks; empty where it lacks nothing.
    std::string fault() const;
    /// What a module that declares the capability needs and the device lacks: the name of the capability, or
    /// empty. Capabilities that nobody here knows count as lacking.
    std::string missing(std::uint32_t capability, const PhysicalDevice& device) const;

    /// Whether the driver makes pipelines of modules that it is told by identifiers only, if it can do so
    /// without compiling.
    bool names_modules() const {
        return identifier.shaderModuleIdentifier && cache_control.pipelineCreationCacheControl;
    }
    /// Of all that is switched on.
    Hash hash() const;

    /// For VkDeviceCreateInfo::pNext.
    const void* chain() const { return &core; }
    const std::vector<const char*>& extensions() const { return extensions_; }

    VkPhysicalDeviceFeatures2 core{};
    VkPhysicalDeviceVulkan11Features v11{};
    VkPhysicalDeviceVulkan12Features v12{};
    VkPhysicalDeviceSubgroupSizeControlFeatures subgroup_size{};
    VkPhysicalDevicePipelineCreationCacheControlFeatures cache_control{};
    VkPhysicalDeviceMaintenance4Features maintenance4{};
    VkPhysicalDeviceShaderIntegerDotProductFeatures dot_product{};
    VkPhysicalDeviceWorkgroupMemoryExplicitLayoutFeaturesKHR shared_layout{};
    extension::CooperativeMatrixFeatures matrix;
    extension::CooperativeMatrix2Features matrix2;
    extension::Bfloat16Features bfloat16;
    VkPhysicalDeviceShaderModuleIdentifierFeaturesEXT identifier{};

  private:
    void link();
    void keep_what_kernels_use();

    bool chained_[9] = {};  ///< which of the structures from subgroup_size on the driver knows
    std::vector<const char*> extensions_;
};

}  // namespace sporkle::spirv::vulkan
