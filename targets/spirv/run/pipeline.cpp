#include "targets/spirv/run/pipeline.hpp"

#include <bit>

#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/run/engine.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// The driver's own cache object, for one pipeline.
class DriverCache {
  public:
    DriverCache(Gpu& gpu, std::span<const std::byte> known) : gpu_(gpu) {
        VkPipelineCacheCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
        if (gpu.features().cache_control.pipelineCreationCacheControl)
            info.flags = VK_PIPELINE_CACHE_CREATE_EXTERNALLY_SYNCHRONIZED_BIT;
        info.initialDataSize = known.size();
        info.pInitialData = known.data();
        if (gpu.vk.vkCreatePipelineCache(gpu.handle(), &info, nullptr, &cache_) != VK_SUCCESS)
            cache_ = VK_NULL_HANDLE;  // without one it only takes longer
    }
    ~DriverCache() { gpu_.vk.vkDestroyPipelineCache(gpu_.handle(), cache_, nullptr); }
    DriverCache(const DriverCache&) = delete;
    DriverCache& operator=(const DriverCache&) = delete;

    VkPipelineCache handle() const { return cache_; }

    std::vector<std::byte> data() const {
        const auto get = [&](std::size_t& size, void* to) {
            return gpu_.vk.vkGetPipelineCacheData(gpu_.handle(), cache_, &size, to) == VK_SUCCESS;
        };
        std::size_t size = 0;
        if (cache_ == VK_NULL_HANDLE || !get(size, nullptr)) return {};
        std::vector<std::byte> bytes(size);
        if (!get(size, bytes.data())) return {};
        bytes.resize(size);
        return bytes;
    }

  private:
    Gpu& gpu_;
    VkPipelineCache cache_ = VK_NULL_HANDLE;
};

/// Destroys the module when the pipeline is made.
struct ShaderModule {
    Gpu& gpu;
    VkShaderModule handle = VK_NULL_HANDLE;
    ~ShaderModule() { gpu.vk.vkDestroyShaderModule(gpu.handle(), handle, nullptr); }
};

VkShaderModuleCreateInfo info_of(std::span<const std::uint32_t> words) {
    VkShaderModuleCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    info.codeSize = words.size_bytes();
    info.pCode = words.data();
    return info;
}

}  // namespace

Pipeline::Pipeline(std::shared_ptr<Engine> engine, const Hash& key, const Read& read)
    : keeps_alive_(std::move(engine)), engine_(*keeps_alive_) {
    create(key, read);
}

Pipeline::Pipeline(Engine& engine, const Hash& key, const Read& read) : engine_(engine) { create(key, read); }

void Pipeline::create(const Hash& key, const Read& read) {
    engine_.gpu.require_alive();
    if (!make_known(key)) compile(key, read());
    [[maybe_unused]] static const bool compiler_is_loaded = (Gpu::watch_exit(), true);
}

/// Whether there were parts that the driver could make the pipeline of.
bool Pipeline::make_known(const Hash& key) {
    const auto file = engine_.cache.load(key);
    if (!file) return false;
    const auto parts = parts_of(*file);
    if (!parts) return false;
    if (!parts->identifier.empty() && (engine_.gpu.vk.vkGetShaderModuleCreateInfoIdentifierEXT == nullptr ||
                                       parts->identifier.size() > VK_MAX_SHADER_MODULE_IDENTIFIER_SIZE_EXT))
        return false;
    const auto& sizes = engine_.gpu.physical().subgroup;
    const bool has_size = std::has_single_bit(parts->subgroup_size) &&
                          parts->subgroup_size >= sizes.minSubgroupSize &&
                          parts->subgroup_size <= sizes.maxSubgroupSize;
    if (parts->subgroup_size != 1 && !has_size) return false;
    const DriverCache cache(engine_.gpu, parts->driver_cache);
    return make(*parts, cache.handle()) == VK_SUCCESS;
}

void Pipeline::compile(const Hash& key, const Module& module) {
    Gpu& gpu = engine_.gpu;
    PipelineParts parts;
    parts.subgroup_size = choose_subgroup_size(module, gpu.physical(), gpu.features());
    // Where shuffles are not sure, adapted() has left only those through shared memory.
    if (module.has_subgroup_size) parts.shuffle_size = module.shuffles_by_subgroup ? parts.subgroup_size : 1;
    parts.words = module.words;
    const DriverCache cache(gpu, {});
    gpu.check(make(parts, cache.handle()), "vkCreateComputePipelines");
    if (engine_.cache.folder().empty()) return;

    VkShaderModuleIdentifierEXT identifier{};
    identifier.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_IDENTIFIER_EXT;
    if (gpu.vk.vkGetShaderModuleCreateInfoIdentifierEXT != nullptr) {
        const VkShaderModuleCreateInfo code = info_of(parts.words);
        gpu.vk.vkGetShaderModuleCreateInfoIdentifierEXT(gpu.handle(), &code, &identifier);
    }
    if (identifier.identifierSize > 0) {
        parts.words = {};
        parts.identifier = {identifier.identifier, identifier.identifierSize};
    }
    const std::vector<std::byte> made = cache.data();
    parts.driver_cache = made;
    engine_.cache.store(key, to_bytes(parts));
}

VkResult Pipeline::make(const PipelineParts& parts, VkPipelineCache cache) {
    Gpu& gpu = engine_.gpu;
    VkComputePipelineCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
    info.layout = engine_.layout;
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.pName = "main";

    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo required{};
    required.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO;
    required.requiredSubgroupSize = parts.subgroup_size;
    if (parts.subgroup_size > 1) {
        info.stage.pNext = &required;
        info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
    }

    ShaderModule shader{gpu};
    VkPipelineShaderStageModuleIdentifierCreateInfoEXT known{};
    known.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_MODULE_IDENTIFIER_CREATE_INFO_EXT;
    known.identifierSize = static_cast<std::uint32_t>(parts.identifier.size());
    known.pIdentifier = parts.identifier.data();
    if (parts.identifier.empty()) {
        const VkShaderModuleCreateInfo code = info_of(parts.words);
        const VkResult result = gpu.vk.vkCreateShaderModule(gpu.handle(), &code, nullptr, &shader.handle);
        if (result != VK_SUCCESS) return result;
        info.stage.module = shader.handle;
    } else {
        info.flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
        known.pNext = info.stage.pNext;
        info.stage.pNext = &known;
    }

    const VkSpecializationMapEntry entry{static_cast<std::uint32_t>(SpecId::subgroup_size), 0,
                                         sizeof parts.shuffle_size};
    VkSpecializationInfo constants{};
    constants.mapEntryCount = 1;
    constants.pMapEntries = &entry;
    constants.dataSize = sizeof parts.shuffle_size;
    constants.pData = &parts.shuffle_size;
    if (parts.shuffle_size > 0) info.stage.pSpecializationInfo = &constants;
    const VkResult result =
        gpu.vk.vkCreateComputePipelines(gpu.handle(), cache, 1, &info, nullptr, &pipeline_);
    if (result != VK_SUCCESS) pipeline_ = VK_NULL_HANDLE;
    return result;
}

Pipeline::~Pipeline() {
    if (pipeline_ != VK_NULL_HANDLE) engine_.retire(pipeline_);
}

}  // namespace sporkle::spirv::vulkan
