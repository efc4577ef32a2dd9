// A variant on a Vulkan device: one pipeline for each dispatch.
#pragma once

#include <memory>
#include <vector>

#include "runtime/device.hpp"
#include "runtime/hazards.hpp"
#include "targets/spirv/run/command.hpp"
#include "targets/spirv/run/engine.hpp"
#include "targets/spirv/run/pipeline.hpp"

namespace sporkle::spirv::vulkan {

class Executable final : public runtime::Executable {
  public:
    using Pipelines = std::vector<std::unique_ptr<Pipeline>>;

    /// Throws what read_module, require_support and Pipeline throw.
    Executable(std::shared_ptr<Engine> engine, const bundle::Bundle& bundle, const bundle::Variant& variant);

    void run(const runtime::Launch& launch, double* device_seconds = nullptr) const override;

    /// Appends the dispatches of a launch whose parameter block lies at `words`, as the GPU sees it, with
    /// barriers where they depend on each other or on what `hazards` knows to stand before. They refer to the
    /// launch's words and to pipelines().
    void append_dispatches(std::vector<DispatchCommand>& dispatches, const runtime::Launch& launch,
                           std::uint64_t words, runtime::Hazards& hazards) const;
    std::shared_ptr<const Pipelines> pipelines() const { return pipelines_; }

  private:
    std::shared_ptr<Engine> engine_;
    std::shared_ptr<const Pipelines> pipelines_;
    std::uint64_t number_;  ///< no other executable of the process ever has it
};

}  // namespace sporkle::spirv::vulkan
