// The pretended device behind the functions of the layer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/spirv_devices/layer_api.hpp"
#include "tests/spirv_devices/pretence.hpp"

namespace sporkle::testing::pretended {

struct Device {
    NextDevice next;
    Pretence pretence;
    VkPhysicalDeviceLimits limits{};
    std::uint64_t buffer_bytes = 0, allocation_bytes = 0;
    std::uint32_t real_subgroup_size = 0;
};

/// From its creation to vkDestroyDevice.
void add_device(VkDevice handle, std::unique_ptr<Device> device);
/// Null for what the layer leaves to the driver.
PFN_vkVoidFunction device_function(const char* name);
/// The driver's.
PFN_vkVoidFunction next_device_function(VkDevice handle, const char* name);

inline std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace sporkle::testing::pretended
