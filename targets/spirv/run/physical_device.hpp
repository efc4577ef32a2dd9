// What a GPU says of itself before it is opened.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "targets/spirv/interface/adapt.hpp"
#include "targets/spirv/run/extensions.hpp"
#include "targets/spirv/run/instance.hpp"

namespace sporkle::spirv::vulkan {

struct PhysicalDevice {
    VkPhysicalDevice handle = VK_NULL_HANDLE;
    int number = 0;           ///< in the order of enumeration
    std::string model;        ///< "NVIDIA H200"
    std::string driver;       ///< "NVIDIA 580.159.3"
    std::string fingerprint;  ///< device and driver, exactly
    VkPhysicalDeviceProperties properties{};
    VkPhysicalDeviceVulkan11Properties v11{};
    VkPhysicalDeviceVulkan12Properties v12{};
    VkPhysicalDeviceSubgroupSizeControlProperties subgroup{};  ///< zero where sizes cannot be chosen
    VkDeviceSize max_buffer_bytes = 0;
    VkPhysicalDeviceMemoryProperties memory{};
    std::vector<VkQueueFamilyProperties> families;
    std::vector<std::string> extensions;

    bool has_extension(const std::string& name) const;
    bool has_subgroup_operations(VkSubgroupFeatureFlags operations) const;
    bool has_nvidia_driver() const { return v12.driverID == VK_DRIVER_ID_NVIDIA_PROPRIETARY; }
    bool is_software() const { return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU; }
    /// Float controls that hold for elements of 16, 32 or 64 bits.
    FloatControls float_controls(unsigned width) const;
    /// Family for kernels: one of its own where the device has it. -1 where there is none.
    int compute_family() const;
    /// Family of a copy engine that may work beside the kernels, or -1.
    int transfer_family() const;
    /// One row for each shape of matrices that cooperative matrices of the KHR extension may have.
    std::vector<extension::CooperativeMatrixProperties> matrices;
    /// Shapes by granularity, of the NV extension.
    std::vector<extension::FlexibleMatrixProperties> flexible_matrices;
    std::uint32_t largest_flexible_dimension = 0;
    std::uint8_t identifier_algorithm[VK_UUID_SIZE] = {};  ///< by which modules get their names
};

/// All devices of the machine, in the order of the loader. Those that cannot be used come with the reason.
struct Found {
    PhysicalDevice device;
    std::string fault;  ///< empty where the device can be used
};
std::vector<Found> find_devices(const Instance& instance);

}  // namespace sporkle::spirv::vulkan
