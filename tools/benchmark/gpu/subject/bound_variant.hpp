// A variant bound to operands on the device, to be run and timed by itself.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "runtime/call/binding.hpp"
#include "tools/benchmark/gpu/subject/accelerator.hpp"

namespace sporkle::bench {

class BoundVariant {
  public:
    /// Makes the variant ready, if it is not yet, and allocates its scratch memory. The accelerator, the call
    /// and its arrangement outlive it. Throws Error.
    BoundVariant(Accelerator& accelerator, runtime::LoadedVariant& variant, const runtime::Call& call,
                 const runtime::Arrangement& arrangement, const runtime::Sizes& sizes);

    const bundle::Variant& variant() const { return variant_; }

    /// Runs it so many times, one after the other, as one recording where the device has those. Returns the
    /// seconds by the device's clock from the first to the last, or by the process's where it has none.
    double run(long times);
    /// Once, submitted by itself, as a call does it.
    double run_once();

  private:
    std::unique_ptr<runtime::DeviceRecording> record(std::size_t launches);

    Accelerator& accelerator_;
    const bundle::Variant& variant_;
    runtime::Binding binding_;
    std::map<std::size_t, std::unique_ptr<runtime::DeviceRecording>> recordings_;  ///< by launches
};

}  // namespace sporkle::bench
