#include "targets/spirv/run/engine.hpp"

#include <algorithm>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/push_constants.hpp"

namespace sporkle::spirv::vulkan {
namespace {

constexpr std::uint64_t array_block = 64 << 20, word_block = 1 << 20, transit_block = 32 << 20,
                        signal_block = 64 << 10;

constexpr VkMemoryPropertyFlags seen_by_cpu =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

int array_memory(const Gpu& gpu) {
    return gpu.unified() ? gpu.memory_type(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | seen_by_cpu |
                                           VK_MEMORY_PROPERTY_HOST_CACHED_BIT)
                         : gpu.memory_type(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
}

/// What decides, beside device and driver, which modules can be used and how: layers and environments differ.
std::string limits_of_modules(const Gpu& gpu) {
    const PhysicalDevice& device = gpu.physical();
    const VkPhysicalDeviceLimits& limits = device.properties.limits;
    const Hash features = gpu.features().hash();
    std::string text;
    for (const std::uint64_t number :
         {features.high, features.low, std::uint64_t(device.properties.apiVersion),
          std::uint64_t(limits.maxComputeWorkGroupSize[0]), std::uint64_t(limits.maxComputeWorkGroupSize[1]),
          std::uint64_t(limits.maxComputeWorkGroupSize[2]),
          std::uint64_t(limits.maxComputeWorkGroupInvocations),
          std::uint64_t(limits.maxComputeSharedMemorySize), std::uint64_t(limits.maxPushConstantsSize),
          std::uint64_t(device.v11.subgroupSize), std::uint64_t(device.v11.subgroupSupportedOperations),
          std::uint64_t(device.subgroup.minSubgroupSize), std::uint64_t(device.subgroup.maxSubgroupSize),
          std::uint64_t(device.subgroup.maxComputeWorkgroupSubgroups),
          std::uint64_t(device.subgroup.requiredSubgroupSizeStages), std::uint64_t(device.matrices.size()),
          std::uint64_t(device.flexible_matrices.size()), std::uint64_t(device.largest_flexible_dimension)})
        text += " " + std::to_string(number);
    for (const std::uint8_t byte : device.identifier_algorithm) text += " " + std::to_string(byte);
    return text;
}

std::uint32_t family(int number) { return static_cast<std::uint32_t>(number); }

}  // namespace

Engine::Engine(const Instance& instance, PhysicalDevice physical)
    : gpu(instance, std::move(physical)),
      compute(gpu, family(gpu.physical().compute_family())),
      memory(gpu, array_memory(gpu), array_block),
      // Kernels read their parameters sooner from the GPU's own memory, which the CPU writes over the bus. Of
      // that there may be little, and other processes may have it.
      words(gpu, gpu.memory_type(seen_by_cpu, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT), word_block,
            gpu.memory_type(seen_by_cpu)),
      transit(gpu, gpu.memory_type(seen_by_cpu, VK_MEMORY_PROPERTY_HOST_CACHED_BIT), transit_block),
      signals(gpu, gpu.memory_type(seen_by_cpu, VK_MEMORY_PROPERTY_HOST_CACHED_BIT), signal_block),
      staging(*this),
      slots(*this),
      cache(gpu.physical().fingerprint + limits_of_modules(gpu)) {
    done_words = !gpu.unified() && !gpu.physical().is_software();
    if (gpu.physical().transfer_family() >= 0) {
        copies.emplace(gpu, family(gpu.physical().transfer_family()));
        copies->follow(compute);
        compute.follow(*copies);
    }
    VkPushConstantRange range{};
    range.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
    range.size = std::min(gpu.physical().properties.limits.maxPushConstantsSize, most_pushed_bytes);
    VkPipelineLayoutCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    info.pushConstantRangeCount = 1;
    info.pPushConstantRanges = &range;
    gpu.check(gpu.vk.vkCreatePipelineLayout(gpu.handle(), &info, nullptr, &layout), "vkCreatePipelineLayout");
    try {
        numerics = probe(*this);
        numerics.facts.pushed_words = (range.size - sizeof(PushConstants)) / sizeof(std::uint64_t);
    } catch (...) {
        gpu.vk.vkDestroyPipelineLayout(gpu.handle(), layout, nullptr);
        throw;
    }
}

Engine::~Engine() {
    if (gpu.hangs()) return;
    const bool has_worked = compute.submitted() > 0 || (copies && copies->submitted() > 0);
    if (has_worked) gpu.vk.vkDeviceWaitIdle(gpu.handle());  // null hardware cannot even be waited for
    for (const Retired& retired : retired_) release(retired);
    gpu.vk.vkDestroyPipelineLayout(gpu.handle(), layout, nullptr);
}

Allocation Engine::allocate(std::uint64_t bytes) {
    gpu.require_alive();
    release_retired();
    try {
        return memory.allocate(bytes);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::out_of_memory) throw;
    }
    compute.wait(compute.submitted());
    if (copies) copies->wait(copies->submitted());
    release_retired();
    memory.trim();
    transit.trim();
    return memory.allocate(bytes);
}

void Engine::report_early_end() const {
    throw Error(ErrorCode::device_failure, gpu.name() + " (" + gpu.physical().model +
                                               ") left a loop before its end: its driver ends " +
                                               "loops after " + std::to_string(numerics.loop_turns) +
                                               " turns. What the call has written is wrong");
}

void Engine::retire(Retired retired) noexcept {
    if (gpu.hangs()) return;
    retired.compute = compute.submitted();
    retired.copies = copies ? copies->submitted() : 0;
    try {
        release_retired();
        if (is_idle(retired)) return release(retired);
        const std::lock_guard lock(mutex_);
        retired_.push_back(retired);
    } catch (const std::bad_alloc&) {
        // The process has no memory for the list: the device's is given back with its block.
    }
}

/// Memory is free when no command touches it any more. A pipeline belongs to command buffers, of which the
/// GPU may let go a little later.
bool Engine::is_idle(const Retired& retired) {
    if (retired.pipeline != VK_NULL_HANDLE) return compute.is_through(retired.compute);
    return compute.is_done(retired.compute) && (!copies || copies->is_done(retired.copies));
}

void Engine::release(const Retired& retired) {
    if (retired.pipeline != VK_NULL_HANDLE)
        gpu.vk.vkDestroyPipeline(gpu.handle(), retired.pipeline, nullptr);
    else
        memory.release(retired.allocation);
}

void Engine::release_retired() {
    const std::lock_guard lock(mutex_);
    std::erase_if(retired_, [&](const Retired& retired) {
        if (!is_idle(retired)) return false;
        release(retired);
        return true;
    });
}

}  // namespace sporkle::spirv::vulkan
