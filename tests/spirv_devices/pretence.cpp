#include "tests/spirv_devices/pretence.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "tests/spirv_devices/layer_api.hpp"

namespace sporkle::testing::pretended {
namespace {

/// A feature: the structure that holds it and where.
struct Feature {
    const char* name;
    VkStructureType type;
    std::size_t offset;
};
#define SPORKLE_FEATURE(structure, sType, name) \
    { #name, sType, offsetof(structure, name) }
#define SPORKLE_CORE(name)                                                                           \
    {                                                                                                \
#name, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,                                         \
            offsetof(VkPhysicalDeviceFeatures2, features) + offsetof(VkPhysicalDeviceFeatures, name) \
    }
#define SPORKLE_V11(name)                                                                                    \
    SPORKLE_FEATURE(VkPhysicalDeviceVulkan11Features, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, \
                    name)
#define SPORKLE_V12(name)                                                                                    \
    SPORKLE_FEATURE(VkPhysicalDeviceVulkan12Features, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, \
                    name)
const Feature features[] = {
    SPORKLE_CORE(shaderFloat64),
    SPORKLE_CORE(shaderInt64),
    SPORKLE_CORE(shaderInt16),
    SPORKLE_V11(storageBuffer16BitAccess),
    SPORKLE_V11(uniformAndStorageBuffer16BitAccess),
    SPORKLE_V11(variablePointers),
    SPORKLE_V11(variablePointersStorageBuffer),
    SPORKLE_V12(storageBuffer8BitAccess),
    SPORKLE_V12(uniformAndStorageBuffer8BitAccess),
    SPORKLE_V12(shaderFloat16),
    SPORKLE_V12(shaderInt8),
    SPORKLE_V12(shaderSubgroupExtendedTypes),
    SPORKLE_V12(scalarBlockLayout),
    SPORKLE_V12(timelineSemaphore),
    SPORKLE_V12(bufferDeviceAddress),
    SPORKLE_V12(vulkanMemoryModel),
    SPORKLE_V12(vulkanMemoryModelDeviceScope),
    SPORKLE_FEATURE(VkPhysicalDeviceSubgroupSizeControlFeatures,
                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES, subgroupSizeControl),
    SPORKLE_FEATURE(VkPhysicalDeviceSubgroupSizeControlFeatures,
                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES, computeFullSubgroups),
    SPORKLE_FEATURE(VkPhysicalDevicePipelineCreationCacheControlFeatures,
                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_CREATION_CACHE_CONTROL_FEATURES,
                    pipelineCreationCacheControl),
    SPORKLE_FEATURE(VkPhysicalDeviceMaintenance4Features,
                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES, maintenance4)};
#undef SPORKLE_FEATURE
#undef SPORKLE_CORE
#undef SPORKLE_V11
#undef SPORKLE_V12

/// Where it is in the chain, or null.
VkBool32* find(const Feature& feature, const void* chain) {
    auto* structure = in_chain<std::byte>(chain, feature.type);
    return structure == nullptr ? nullptr : reinterpret_cast<VkBool32*>(structure + feature.offset);
}

/// A limit: its name, and how it is set.
struct Limit {
    const char* name;
    void (*set)(VkPhysicalDeviceLimits& limits, double value);
};
#define SPORKLE_LIMIT(member)                                                                      \
    {                                                                                              \
#member, [](VkPhysicalDeviceLimits & limits,                                               \
                    double value) { limits.member = static_cast<decltype(limits.member)>(value); } \
    }
const Limit limits[] = {SPORKLE_LIMIT(maxComputeWorkGroupInvocations),
                        SPORKLE_LIMIT(maxComputeSharedMemorySize),
                        SPORKLE_LIMIT(maxPushConstantsSize),
                        SPORKLE_LIMIT(maxMemoryAllocationCount),
                        SPORKLE_LIMIT(maxStorageBufferRange),
                        SPORKLE_LIMIT(minStorageBufferOffsetAlignment),
                        SPORKLE_LIMIT(nonCoherentAtomSize),
                        SPORKLE_LIMIT(timestampPeriod),
                        {"maxComputeWorkGroupSize",
                         [](VkPhysicalDeviceLimits& l, double value) {
                             std::fill_n(l.maxComputeWorkGroupSize, 2, static_cast<std::uint32_t>(value));
                             l.maxComputeWorkGroupSize[2] =
                                 std::min(l.maxComputeWorkGroupSize[2], l.maxComputeWorkGroupSize[0]);
                         }},
                        {"maxComputeWorkGroupCount", [](VkPhysicalDeviceLimits& l, double value) {
                             std::fill_n(l.maxComputeWorkGroupCount, 3, static_cast<std::uint32_t>(value));
                         }}};
#undef SPORKLE_LIMIT
/// Those of other structures, and those that Vulkan has no name for.
const char* const other_limits[] = {
    "maxBufferSize",   "maxMemoryAllocationSize", "subgroupSize",       "minSubgroupSize",
    "maxSubgroupSize", "subgroupOperations",      "timestampValidBits", "maxComputeWorkgroupSubgroups"};

constexpr VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT,
                                visible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
                                coherent = VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
                                cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

}  // namespace

void fail(const std::string& why) {
    std::fprintf(stderr, "pretended GPU: %s\n", why.c_str());
    std::abort();
}

Pretence Pretence::now() {
    Pretence pretence;
    const char* const wish = std::getenv("SPORKLE_TEST_GPU");
    std::istringstream words(wish == nullptr ? "" : wish);
    for (std::string word; words >> word;) pretence.read(word);
    return pretence;
}

void Pretence::read(const std::string& word) {
    const std::size_t at = word.find('=');
    if (at == std::string::npos) fail("'" + word + "' is not of the form name=value");
    const std::string name = word.substr(0, at), value = word.substr(at + 1);
    if (name == "api") {
        if (value != "1.1" && value != "1.2") fail("there is no api '" + value + "' to pretend");
        api_ = value == "1.1" ? VK_API_VERSION_1_1 : VK_API_VERSION_1_2;
    } else if (name == "type") {
        const char* const types[] = {"other", "integrated", "discrete", "virtual", "cpu"};
        type_ = static_cast<int>(std::find(types, types + 5, value) - types);
        if (type_ == 5) fail("there is no type '" + value + "'");
    } else if (name == "no") {
        if (std::none_of(std::begin(features), std::end(features),
                         [&](const Feature& feature) { return feature.name == value; }))
            fail("there is no feature '" + value + "'");
        lacking_.insert(value);
    } else if (word == "controls=none") {
        has_controls_ = false;
    } else if (word == "driver=nvidia") {
        is_nvidias_ = true;
    } else if (word == "extensions=none") {
        has_extensions_ = false;
    } else if (name == "memory") {
        choose_memory(value);
    } else if (name == "queues") {
        choose_queues(value);
    } else {
        const bool is_known =
            std::any_of(std::begin(limits), std::end(limits),
                        [&](const Limit& limit) { return limit.name == name; }) ||
            std::find(std::begin(other_limits), std::end(other_limits), name) != std::end(other_limits);
        if (!is_known) fail("there is no limit '" + name + "'");
        limits_[name] = std::stod(value);
    }
}

void Pretence::choose_memory(const std::string& kind) {
    constexpr VkDeviceSize gigabyte = VkDeviceSize(1) << 30, window = VkDeviceSize(256) << 20;
    const VkMemoryHeap own{8 * gigabyte, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}, process{16 * gigabyte, 0};
    if (kind == "discrete") {  // nothing of it is seen by the CPU
        memory_heaps_ = {own, process};
        memory_types_ = {{local, 0}, {visible | coherent, 1}, {visible | coherent | cached, 1}};
    } else if (kind == "window" || kind == "full-window") {  // as of AMD's without a resizable BAR
        window_is_full_ = kind == "full-window";
        memory_heaps_ = {own, process, {window, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}};
        memory_types_ = {{0, 1},
                         {local, 0},
                         {visible | coherent, 1},
                         {visible | coherent | cached, 1},
                         {local | visible | coherent, 2}};
    } else if (kind == "uncoherent") {  // as of Mali and Intel Atom: cached memory has to be flushed
        memory_heaps_ = {own};
        memory_types_ = {{local | visible | cached, 0}, {local | visible | coherent, 0}};
    } else if (kind == "unified") {  // as of Apple
        memory_heaps_ = {own};
        memory_types_ = {{local, 0}, {local | visible | coherent | cached, 0}};
    } else {
        fail("there is no kind of memory '" + kind + "'");
    }
}

void Pretence::choose_queues(const std::string& kind) {
    const auto family = [](VkQueueFlags flags, std::uint32_t count, std::uint32_t clock_bits) {
        return VkQueueFamilyProperties{flags, count, clock_bits, {1, 1, 1}};
    };
    constexpr VkQueueFlags graphics = VK_QUEUE_GRAPHICS_BIT, compute = VK_QUEUE_COMPUTE_BIT,
                           transfer = VK_QUEUE_TRANSFER_BIT;
    if (kind == "separate")  // as of NVIDIA and AMD
        families_ = {family(graphics | compute | transfer, 16, 64), family(transfer, 2, 64),
                     family(compute | transfer, 8, 64)};
    else if (kind == "clockless")  // kernels run beside pictures, without a clock
        families_ = {family(graphics | compute | transfer, 1, 36), family(compute | transfer, 2, 0)};
    else if (kind == "pictures")  // there is none for kernels
        families_ = {family(graphics | transfer, 1, 64)};
    else
        fail("there are no queues '" + kind + "'");
}

std::uint64_t Pretence::limit(const std::string& name, std::uint64_t otherwise) const {
    const auto found = limits_.find(name);
    return found == limits_.end() ? otherwise : static_cast<std::uint64_t>(found->second);
}

void Pretence::change(VkPhysicalDeviceProperties& properties) const {
    if (api_ != 0) properties.apiVersion = api_;
    if (type_ >= 0) {
        properties.deviceType = static_cast<VkPhysicalDeviceType>(type_);
        std::strcpy(properties.deviceName, "pretended GPU");
    }
    for (const Limit& one : limits)
        if (const auto found = limits_.find(one.name); found != limits_.end())
            one.set(properties.limits, found->second);
}

void Pretence::change_properties(void* chain) const {
    const auto take = [&](const char* name, auto& member) {
        member = static_cast<std::decay_t<decltype(member)>>(limit(name, member));
    };
    if (auto* all =
            in_chain<VkPhysicalDeviceProperties2>(chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2))
        change(all->properties);
    if (auto* v11 = in_chain<VkPhysicalDeviceVulkan11Properties>(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES)) {
        take("subgroupSize", v11->subgroupSize);
        take("subgroupOperations", v11->subgroupSupportedOperations);
        take("maxMemoryAllocationSize", v11->maxMemoryAllocationSize);
    }
    if (auto* v12 = in_chain<VkPhysicalDeviceVulkan12Properties>(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES)) {
        if (is_nvidias_) v12->driverID = VK_DRIVER_ID_NVIDIA_PROPRIETARY;
        for (VkBool32* control :
             {&v12->shaderSignedZeroInfNanPreserveFloat16, &v12->shaderSignedZeroInfNanPreserveFloat32,
              &v12->shaderSignedZeroInfNanPreserveFloat64, &v12->shaderDenormPreserveFloat16,
              &v12->shaderDenormPreserveFloat32, &v12->shaderDenormPreserveFloat64,
              &v12->shaderRoundingModeRTEFloat16, &v12->shaderRoundingModeRTEFloat32,
              &v12->shaderRoundingModeRTEFloat64})
            if (!has_controls_) *control = VK_FALSE;
    }
    if (auto* sizes = in_chain<VkPhysicalDeviceSubgroupSizeControlProperties>(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES)) {
        take("minSubgroupSize", sizes->minSubgroupSize);
        take("maxSubgroupSize", sizes->maxSubgroupSize);
        take("maxComputeWorkgroupSubgroups", sizes->maxComputeWorkgroupSubgroups);
        if (is_old()) fail("subgroup sizes are asked of a driver that does not know them");
    }
    if (auto* four = in_chain<VkPhysicalDeviceMaintenance4Properties>(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES)) {
        take("maxBufferSize", four->maxBufferSize);
        if (is_old()) fail("maxBufferSize is asked of a driver that does not know it");
    }
}

void Pretence::change_features(void* chain) const {
    for (const Feature& feature : features) {
        VkBool32* const member = find(feature, chain);
        if (member == nullptr) continue;
        const bool is_new = feature.type != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 &&
                            feature.type != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES &&
                            feature.type != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
        if (is_old() && is_new)
            fail(std::string(feature.name) + " is asked of a driver that does not know it");
        if (lacks(feature.name)) *member = VK_FALSE;
    }
}

const char* Pretence::excess(const void* chain) const {
    for (const Feature& feature : features)
        if (const VkBool32* const member = find(feature, chain);
            member != nullptr && *member != VK_FALSE && lacks(feature.name))
            return feature.name;
    return nullptr;
}

}  // namespace sporkle::testing::pretended
