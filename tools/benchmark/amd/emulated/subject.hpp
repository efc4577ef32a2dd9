// A kernel on an emulated GPU, each variant that fits by itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/benchmark/amd/emulated/watched_kernel.hpp"
#include "tools/benchmark/gpu/subject/accelerator.hpp"
#include "tools/benchmark/gpu/subject/chosen.hpp"

namespace sporkle::bench::amd {

/// The GPU and its device, open. There may be several of one chip.
class EmulatedGpu {
  public:
    explicit EmulatedGpu(const std::string& chip);

    WatchedKernel& kernel() { return *kernel_; }
    Accelerator& accelerator() { return *accelerator_; }

  private:
    std::unique_ptr<WatchedKernel> kernel_;  ///< outlives the device
    std::unique_ptr<Accelerator> accelerator_;
};

/// A variant with its operands.
struct Subject {
    const bundle::Variant* variant = nullptr;
    std::unique_ptr<runtime::Sizes> sizes;  ///< which the binding refers to
    std::unique_ptr<runtime::Binding> binding;
};

/// All that fit the call, in the model's order: an untuned application gets the first.
std::vector<Subject> subjects_of(Placed& placed);

}  // namespace sporkle::bench::amd
