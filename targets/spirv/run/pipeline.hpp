// Compiled modules.
#pragma once

#include <memory>

#include "targets/spirv/run/functions.hpp"
#include "targets/spirv/run/module.hpp"

namespace sporkle::spirv::vulkan {

class Engine;

/// A module that the driver has compiled.
class Pipeline {
  public:
    /// Compiles it, or takes what an earlier process left in the cache. Throws Error(device_failure),
    /// Error(out_of_memory).
    Pipeline(std::shared_ptr<Engine> engine, const Module& module);
    /// For the engine's own use: does not keep it alive.
    Pipeline(Engine& engine, const Module& module);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    VkPipeline handle() const { return pipeline_; }

  private:
    void create(const Module& module);

    std::shared_ptr<Engine> keeps_alive_;
    Engine& engine_;
    VkPipeline pipeline_ = VK_NULL_HANDLE;
};

}  // namespace sporkle::spirv::vulkan
