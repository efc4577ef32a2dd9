#include "targets/spirv/run/features.hpp"

#include <span>
#include <string_view>

#include "runtime/bundle/checksum.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// Copies the named members and leaves the others off.
template <class Struct, class... Members>
void keep(Struct& features, Members... members) {
    Struct kept{};
    if constexpr (requires { kept.sType; }) kept.sType = features.sType;
    ((kept.*members = features.*members), ...);
    features = kept;
}

}  // namespace

Features::Features(const Instance& instance, const PhysicalDevice& device) {
    core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
    v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
    subgroup_size.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
    cache_control.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_CREATION_CACHE_CONTROL_FEATURES;
    maintenance4.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES;
    dot_product.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES;
    identifier.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_MODULE_IDENTIFIER_FEATURES_EXT;
    shared_layout.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_WORKGROUP_MEMORY_EXPLICIT_LAYOUT_FEATURES_KHR;

    // What became part of Vulkan 1.3 needs no extension there.
    const bool is_13 = device.properties.apiVersion >= VK_API_VERSION_1_3;
    const auto want = [&](int number, const char* name, bool promoted) {
        const bool in_core = promoted && is_13;
        chained_[number] = in_core || device.has_extension(name);
        if (chained_[number] && !in_core) extensions_.push_back(name);
    };
    want(0, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME, true);
    want(1, VK_EXT_PIPELINE_CREATION_CACHE_CONTROL_EXTENSION_NAME, true);
    want(2, VK_KHR_MAINTENANCE_4_EXTENSION_NAME, true);
    want(3, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME, true);
    want(4, VK_KHR_WORKGROUP_MEMORY_EXPLICIT_LAYOUT_EXTENSION_NAME, false);
    want(5, extension::cooperative_matrix, false);
    want(6, extension::cooperative_matrix_2, false);
    want(7, extension::bfloat16, false);
    want(8, VK_EXT_SHADER_MODULE_IDENTIFIER_EXTENSION_NAME, false);

    link();
    instance.functions.vkGetPhysicalDeviceFeatures2(device.handle, &core);
    keep_what_kernels_use();
    link();
}

void Features::link() {
    core.pNext = &v11;
    v11.pNext = &v12;
    v12.pNext = nullptr;
    void** end = &v12.pNext;
    int number = 0;
    const auto chain = [&](auto& features) {
        features.pNext = nullptr;
        if (!chained_[number++]) return;
        *end = &features;
        end = &features.pNext;
    };
    chain(subgroup_size);
    chain(cache_control);
    chain(maintenance4);
    chain(dot_product);
    chain(shared_layout);
    chain(matrix);
    chain(matrix2);
    chain(bfloat16);
    chain(identifier);
}

/// Some features cost speed merely by being on, and most are for pictures.
void Features::keep_what_kernels_use() {
    keep(core.features, &VkPhysicalDeviceFeatures::shaderFloat64, &VkPhysicalDeviceFeatures::shaderInt64,
         &VkPhysicalDeviceFeatures::shaderInt16);
    using V11 = VkPhysicalDeviceVulkan11Features;
    keep(v11, &V11::storageBuffer16BitAccess, &V11::uniformAndStorageBuffer16BitAccess,
         &V11::storagePushConstant16, &V11::variablePointersStorageBuffer, &V11::variablePointers);
    using V12 = VkPhysicalDeviceVulkan12Features;
    keep(v12, &V12::storageBuffer8BitAccess, &V12::uniformAndStorageBuffer8BitAccess,
         &V12::storagePushConstant8, &V12::shaderFloat16, &V12::shaderInt8, &V12::shaderBufferInt64Atomics,
         &V12::shaderSharedInt64Atomics, &V12::scalarBlockLayout, &V12::shaderSubgroupExtendedTypes,
         &V12::timelineSemaphore, &V12::bufferDeviceAddress, &V12::vulkanMemoryModel,
         &V12::vulkanMemoryModelDeviceScope);
    matrix.cooperativeMatrixRobustBufferAccess = VK_FALSE;
}

Hash Features::hash() const {
    Hasher hasher;
    for (const char* name : extensions_)
        hasher.word(bundle::hash_of_bytes(std::as_bytes(std::span(std::string_view(name)))).high);
    // The structures are booleans behind a type and a pointer; what may stand behind the last one is left
    // out.
    const auto add = [&](const auto& features, const VkBool32& last) {
        const auto* first = reinterpret_cast<const std::byte*>(&features) + sizeof(VkBaseInStructure);
        hasher.word(bundle::hash_of_bytes({first, reinterpret_cast<const std::byte*>(&last + 1)}).high);
    };
    add(core, core.features.inheritedQueries);
    add(v11, v11.shaderDrawParameters);
    add(v12, v12.subgroupBroadcastDynamicId);
    add(subgroup_size, subgroup_size.computeFullSubgroups);
    add(cache_control, cache_control.pipelineCreationCacheControl);
    add(maintenance4, maintenance4.maintenance4);
    add(dot_product, dot_product.shaderIntegerDotProduct);
    add(shared_layout, shared_layout.workgroupMemoryExplicitLayout16BitAccess);
    add(matrix, matrix.cooperativeMatrixRobustBufferAccess);
    add(matrix2, matrix2.blockLoads);
    add(bfloat16, bfloat16.shaderBFloat16CooperativeMatrix);
    add(identifier, identifier.shaderModuleIdentifier);
    return hasher.finish();
}

std::string Features::fault() const {
    if (!v12.bufferDeviceAddress) return "bufferDeviceAddress";
    if (!v12.timelineSemaphore) return "timelineSemaphore";
    if (!core.features.shaderInt64) return "shaderInt64";
    return {};
}

}  // namespace sporkle::spirv::vulkan
