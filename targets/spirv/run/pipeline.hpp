// Compiled modules.
#pragma once

#include <functional>
#include <memory>

#include "targets/spirv/run/functions.hpp"
#include "targets/spirv/run/module.hpp"
#include "targets/spirv/run/pipeline_parts.hpp"

namespace sporkle::spirv::vulkan {

class Engine;

/// A module that the driver has compiled.
class Pipeline {
  public:
    using Read = std::function<Module()>;

    /// Makes it of what an earlier process left under the key (pipeline_key); where there is nothing, or the
    /// driver does not want it, reads the module, compiles it, and leaves it for others. Throws what `read`
    /// throws, Error(device_failure), Error(out_of_memory).
    Pipeline(std::shared_ptr<Engine> engine, const Hash& key, const Read& read);
    /// For the engine's own use: does not keep it alive.
    Pipeline(Engine& engine, const Hash& key, const Read& read);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    VkPipeline handle() const { return pipeline_; }

  private:
    void create(const Hash& key, const Read& read);
    bool make_known(const Hash& key);
    void compile(const Hash& key, const Module& module);
    VkResult make(const PipelineParts& parts, VkPipelineCache cache);

    std::shared_ptr<Engine> keeps_alive_;
    Engine& engine_;
    VkPipeline pipeline_ = VK_NULL_HANDLE;
};

}  // namespace sporkle::spirv::vulkan
