#include "targets/spirv/run/module.hpp"

#include <algorithm>
#include <cstring>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/matrix_architecture.hpp"
#include "targets/spirv/run/features.hpp"
#include "targets/spirv/run/matrices.hpp"
#include "targets/spirv/run/physical_device.hpp"

namespace sporkle::spirv::vulkan {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw Error(ErrorCode::invalid_bundle, what + ": " + why);
}

}  // namespace

Module read_module(std::span<const std::byte> bytes, const DeviceFacts& facts, const std::string& what) {
    if (bytes.size() % sizeof(std::uint32_t) != 0)
        refuse(what, "its " + std::to_string(bytes.size()) + " bytes are no whole number of SPIR-V words");
    std::vector<std::uint32_t> words(bytes.size() / sizeof(std::uint32_t));
    if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    try {
        words = adapted(words, facts);
        ModuleNeeds needs = needs_of(words);
        return {std::move(needs), std::move(words), facts.subgroup_shuffle};
    } catch (const Error& error) {
        refuse(what, error.what());
    }
}

void require_support(const Module& module, const PhysicalDevice& device, const Features& features,
                     const std::string& what) {
    const auto unsupported = [&](const std::string& why) {
        throw Error(ErrorCode::unsupported, what + " needs " + why + " (" + device.model + ")");
    };
    for (const std::uint32_t capability : module.capabilities)
        if (const std::string lack = features.missing(capability, device); !lack.empty())
            unsupported("what the device lacks: " + lack);
    if (const std::string lack = missing_matrices(module.products, module.invocations(), device);
        !lack.empty())
        unsupported("matrices that the device lacks: " + lack);
    const VkPhysicalDeviceLimits& limits = device.properties.limits;
    for (int d = 0; d < 3; ++d)
        if (module.local_size[d] > limits.maxComputeWorkGroupSize[d])
            unsupported("workgroups of " + std::to_string(module.local_size[d]) +
                        " invocations, the limit is " + std::to_string(limits.maxComputeWorkGroupSize[d]));
    if (module.invocations() > limits.maxComputeWorkGroupInvocations)
        unsupported("workgroups of " + std::to_string(module.invocations()) + " invocations, the limit is " +
                    std::to_string(limits.maxComputeWorkGroupInvocations));
    if (module.shared_bytes > limits.maxComputeSharedMemorySize)
        unsupported(std::to_string(module.shared_bytes) + " bytes of shared memory, the limit is " +
                    std::to_string(limits.maxComputeSharedMemorySize));
}

std::uint32_t choose_subgroup_size(const Module& module, const PhysicalDevice& device,
                                   const Features& features) {
    const auto& sizes = device.subgroup;
    if (!features.subgroup_size.subgroupSizeControl || !features.subgroup_size.computeFullSubgroups ||
        (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) == 0)
        return 1;
    const auto fits = [&](std::uint32_t size) {
        return size >= sizes.minSubgroupSize && size <= sizes.maxSubgroupSize &&
               module.local_size[0] % size == 0 &&
               module.invocations() / size <= sizes.maxComputeWorkgroupSubgroups;
    };
    // Members that hold matrices together are so many invocations, side by side.
    if (!module.products.empty())
        return fits(MatrixArchitecture::subgroup_size) ? MatrixArchitecture::subgroup_size : 1;
    if (fits(device.v11.subgroupSize)) return device.v11.subgroupSize;
    for (std::uint32_t size = sizes.maxSubgroupSize; size >= std::max(sizes.minSubgroupSize, 2u); size /= 2)
        if (fits(size)) return size;
    return 1;
}

}  // namespace sporkle::spirv::vulkan
