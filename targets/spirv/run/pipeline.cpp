#include "targets/spirv/run/pipeline.hpp"

#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/run/engine.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// Of everything that decides what the driver makes.
Hash key_of(const Module& module, std::uint32_t subgroup_size) {
    const Hash code = hash_of_many(std::as_bytes(std::span(module.words)));
    Hasher hasher;
    hasher.word(code.high);
    hasher.word(code.low);
    hasher.word(subgroup_size);
    return hasher.finish();
}

/// The driver's own cache object, for one pipeline: filled from a file, or to be written to one.
class DriverCache {
  public:
    DriverCache(Engine& engine, const Hash& key) : engine_(engine), key_(key) {
        const auto known = engine.cache.load(key);
        VkPipelineCacheCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
        if (engine.gpu.features().cache_control.pipelineCreationCacheControl)
            info.flags = VK_PIPELINE_CACHE_CREATE_EXTERNALLY_SYNCHRONIZED_BIT;
        if (known) {
            info.initialDataSize = known->size();
            info.pInitialData = known->data();
        }
        filled_ = known.has_value();
        if (engine.gpu.vk.vkCreatePipelineCache(engine.gpu.handle(), &info, nullptr, &cache_) != VK_SUCCESS)
            cache_ = VK_NULL_HANDLE;  // without one it only takes longer
    }
    ~DriverCache() { engine_.gpu.vk.vkDestroyPipelineCache(engine_.gpu.handle(), cache_, nullptr); }
    DriverCache(const DriverCache&) = delete;
    DriverCache& operator=(const DriverCache&) = delete;

    VkPipelineCache handle() const { return cache_; }

    void save() const {
        if (filled_ || cache_ == VK_NULL_HANDLE) return;
        const DeviceFunctions& vk = engine_.gpu.vk;
        std::size_t size = 0;
        if (vk.vkGetPipelineCacheData(engine_.gpu.handle(), cache_, &size, nullptr) != VK_SUCCESS) return;
        std::vector<std::byte> bytes(size);
        if (vk.vkGetPipelineCacheData(engine_.gpu.handle(), cache_, &size, bytes.data()) != VK_SUCCESS)
            return;
        bytes.resize(size);
        engine_.cache.store(key_, bytes);
    }

  private:
    Engine& engine_;
    const Hash key_;
    VkPipelineCache cache_ = VK_NULL_HANDLE;
    bool filled_ = false;
};

/// Destroys the module when the pipeline is made.
struct ShaderModule {
    Gpu& gpu;
    VkShaderModule handle = VK_NULL_HANDLE;
    ~ShaderModule() { gpu.vk.vkDestroyShaderModule(gpu.handle(), handle, nullptr); }
};

}  // namespace

Pipeline::Pipeline(std::shared_ptr<Engine> engine, const Module& module)
    : keeps_alive_(std::move(engine)), engine_(*keeps_alive_) {
    create(module);
}

Pipeline::Pipeline(Engine& engine, const Module& module) : engine_(engine) { create(module); }

void Pipeline::create(const Module& module) {
    Gpu& gpu = engine_.gpu;
    gpu.require_alive();
    const std::uint32_t subgroup_size = choose_subgroup_size(module, gpu.physical(), gpu.features());
    DriverCache cache(engine_, key_of(module, subgroup_size));

    VkShaderModuleCreateInfo code{};
    code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    code.codeSize = module.words.size() * sizeof(std::uint32_t);
    code.pCode = module.words.data();
    ShaderModule shader{gpu};
    gpu.check(gpu.vk.vkCreateShaderModule(gpu.handle(), &code, nullptr, &shader.handle),
              "vkCreateShaderModule");

    // Where shuffles are not sure, adapted() has left only those through shared memory.
    const std::uint32_t shuffle_size = module.shuffles_by_subgroup ? subgroup_size : 1;
    const VkSpecializationMapEntry entry{static_cast<std::uint32_t>(SpecId::subgroup_size), 0,
                                         sizeof shuffle_size};
    VkSpecializationInfo constants{};
    constants.mapEntryCount = 1;
    constants.pMapEntries = &entry;
    constants.dataSize = sizeof shuffle_size;
    constants.pData = &shuffle_size;
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo required{};
    required.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO;
    required.requiredSubgroupSize = subgroup_size;

    VkComputePipelineCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
    info.layout = engine_.layout;
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = shader.handle;
    info.stage.pName = "main";
    if (module.has_subgroup_size) info.stage.pSpecializationInfo = &constants;
    if (subgroup_size > 1) {
        info.stage.pNext = &required;
        info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
    }
    gpu.check(gpu.vk.vkCreateComputePipelines(gpu.handle(), cache.handle(), 1, &info, nullptr, &pipeline_),
              "vkCreateComputePipelines");
    [[maybe_unused]] static const bool compiler_is_loaded = (Gpu::watch_exit(), true);
    cache.save();
}

Pipeline::~Pipeline() { engine_.retire(pipeline_); }

}  // namespace sporkle::spirv::vulkan
