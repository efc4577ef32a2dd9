#include "targets/spirv/run/physical_device.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "targets/spirv/run/features.hpp"
#include "targets/spirv/run/loader.hpp"

namespace sporkle::spirv::vulkan {
namespace {

std::string hexadecimal(const std::uint8_t* bytes, std::size_t count) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

std::vector<std::string> extensions_of(const Instance& instance, VkPhysicalDevice device) {
    std::uint32_t count = 0;
    instance.functions.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> properties(count);
    instance.functions.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, properties.data());
    std::vector<std::string> names;
    for (const VkExtensionProperties& one : properties) names.emplace_back(one.extensionName);
    std::sort(names.begin(), names.end());
    return names;
}

/// Rows of a table that a driver fills in the usual two calls.
template <class Row, class Get>
std::vector<Row> table(Get get, VkPhysicalDevice device) {
    std::uint32_t count = 0;
    if (get == nullptr || get(device, &count, nullptr) != VK_SUCCESS) return {};
    std::vector<Row> rows(count);
    if (get(device, &count, rows.data()) < 0) return {};
    rows.resize(count);
    return rows;
}

void read_properties(const Instance& instance, PhysicalDevice& device) {
    const InstanceFunctions& vk = instance.functions;
    VkPhysicalDeviceMaintenance4Properties maintenance4{};
    maintenance4.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES;
    extension::CooperativeMatrix2Properties flexible;
    VkPhysicalDeviceShaderModuleIdentifierPropertiesEXT names{};
    names.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_MODULE_IDENTIFIER_PROPERTIES_EXT;
    device.v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES;
    device.v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES;
    device.subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;

    VkPhysicalDeviceProperties2 all{};
    all.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    const auto chain = [&all](auto& properties) {
        properties.pNext = all.pNext;
        all.pNext = &properties;
    };
    const bool is_13 = device.properties.apiVersion >= VK_API_VERSION_1_3;
    const auto knows = [&](const char* name) { return is_13 || device.has_extension(name); };
    chain(device.v11);
    chain(device.v12);
    if (knows(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME)) chain(device.subgroup);
    if (knows(VK_KHR_MAINTENANCE_4_EXTENSION_NAME)) chain(maintenance4);
    if (device.has_extension(extension::cooperative_matrix_2)) chain(flexible);
    if (device.has_extension(VK_EXT_SHADER_MODULE_IDENTIFIER_EXTENSION_NAME)) chain(names);
    vk.vkGetPhysicalDeviceProperties2(device.handle, &all);
    device.v11.pNext = device.v12.pNext = device.subgroup.pNext = nullptr;
    device.max_buffer_bytes =
        maintenance4.maxBufferSize != 0 ? maintenance4.maxBufferSize : device.v11.maxMemoryAllocationSize;
    std::memcpy(device.identifier_algorithm, names.shaderModuleIdentifierAlgorithmUUID, VK_UUID_SIZE);
    device.largest_flexible_dimension = flexible.flexibleDimensionsMaxDimension;

    if (device.has_extension(extension::cooperative_matrix))
        device.matrices = table<extension::CooperativeMatrixProperties>(
            reinterpret_cast<extension::GetCooperativeMatrixProperties>(
                instance.function("vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR")),
            device.handle);
    if (device.has_extension(extension::cooperative_matrix_2))
        device.flexible_matrices = table<extension::FlexibleMatrixProperties>(
            reinterpret_cast<extension::GetFlexibleMatrixProperties>(
                instance.function("vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV")),
            device.handle);
}

Found examine(const Instance& instance, VkPhysicalDevice handle, int number) {
    const InstanceFunctions& vk = instance.functions;
    Found found;
    PhysicalDevice& device = found.device;
    device.handle = handle;
    device.number = number;
    vk.vkGetPhysicalDeviceProperties(handle, &device.properties);
    // An instance of 1.2 must not use what came later.
    device.properties.apiVersion = std::min(device.properties.apiVersion, instance.version() | 0xfff);
    device.model = device.properties.deviceName;
    if (device.properties.apiVersion < VK_API_VERSION_1_2) {
        found.fault = "its driver has Vulkan " +
                      std::to_string(VK_API_VERSION_MAJOR(device.properties.apiVersion)) + "." +
                      std::to_string(VK_API_VERSION_MINOR(device.properties.apiVersion)) +
                      "; expected 1.2 or newer";
        return found;
    }
    device.extensions = extensions_of(instance, handle);
    read_properties(instance, device);
    vk.vkGetPhysicalDeviceMemoryProperties(handle, &device.memory);
    std::uint32_t count = 0;
    vk.vkGetPhysicalDeviceQueueFamilyProperties(handle, &count, nullptr);
    device.families.resize(count);
    vk.vkGetPhysicalDeviceQueueFamilyProperties(handle, &count, device.families.data());

    device.driver = std::string(device.v12.driverName) + " " + device.v12.driverInfo;
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " %04x:%04x version %08x", device.properties.vendorID,
                  device.properties.deviceID, device.properties.driverVersion);
    device.fingerprint = device.model + numbers + " " + device.driver + " driver " +
                         hexadecimal(device.v11.driverUUID, VK_UUID_SIZE) + " device " +
                         hexadecimal(device.v11.deviceUUID, VK_UUID_SIZE) + " cache " +
                         hexadecimal(device.properties.pipelineCacheUUID, VK_UUID_SIZE);

    if (device.compute_family() < 0)
        found.fault = "it has no queue for kernels";
    else if (const std::string lack = Features(instance, device).fault(); !lack.empty())
        found.fault = "its driver lacks " + lack;
    return found;
}

}  // namespace

bool PhysicalDevice::has_extension(const std::string& name) const {
    return std::binary_search(extensions.begin(), extensions.end(), name);
}

bool PhysicalDevice::has_subgroup_operations(VkSubgroupFeatureFlags operations) const {
    return (v11.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
           (v11.subgroupSupportedOperations & operations) == operations;
}

FloatControls PhysicalDevice::float_controls(unsigned width) const {
    const auto choose = [width](VkBool32 half, VkBool32 single, VkBool32 twice) {
        return (width == 16 ? half : width == 32 ? single : width == 64 ? twice : VK_FALSE) == VK_TRUE;
    };
    FloatControls controls;
    controls.denorm_preserve = choose(v12.shaderDenormPreserveFloat16, v12.shaderDenormPreserveFloat32,
                                      v12.shaderDenormPreserveFloat64);
    controls.rounding_mode_rte = choose(v12.shaderRoundingModeRTEFloat16, v12.shaderRoundingModeRTEFloat32,
                                        v12.shaderRoundingModeRTEFloat64);
    controls.signed_zero_inf_nan_preserve =
        choose(v12.shaderSignedZeroInfNanPreserveFloat16, v12.shaderSignedZeroInfNanPreserveFloat32,
               v12.shaderSignedZeroInfNanPreserveFloat64);
    return controls;
}

int PhysicalDevice::compute_family() const {
    int any = -1;
    for (std::size_t f = 0; f < families.size(); ++f) {
        const VkQueueFamilyProperties& family = families[f];
        if (family.queueCount == 0 || (family.queueFlags & VK_QUEUE_COMPUTE_BIT) == 0) continue;
        if ((family.queueFlags & VK_QUEUE_GRAPHICS_BIT) == 0 && family.timestampValidBits > 0)
            return static_cast<int>(f);
        if (any < 0) any = static_cast<int>(f);
    }
    return any;
}

int PhysicalDevice::transfer_family() const {
    // NVIDIA's driver confuses submissions to two queues (README, "NVIDIA's driver and threads").
    if (has_nvidia_driver()) return -1;
    for (std::size_t f = 0; f < families.size(); ++f)
        if (families[f].queueCount > 0 &&
            (families[f].queueFlags &
             (VK_QUEUE_TRANSFER_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_GRAPHICS_BIT)) == VK_QUEUE_TRANSFER_BIT)
            return static_cast<int>(f);
    return -1;
}

std::vector<Found> find_devices(const Instance& instance) {
    const InstanceFunctions& vk = instance.functions;
    std::uint32_t count = 0;
    if (vk.vkEnumeratePhysicalDevices(instance.handle(), &count, nullptr) < 0) count = 0;
    std::vector<VkPhysicalDevice> handles(count);
    if (count > 0 && vk.vkEnumeratePhysicalDevices(instance.handle(), &count, handles.data()) < 0) count = 0;
    handles.resize(count);
    std::vector<Found> found;
    for (VkPhysicalDevice handle : handles)
        found.push_back(examine(instance, handle, static_cast<int>(found.size())));
    return found;
}

}  // namespace sporkle::spirv::vulkan
