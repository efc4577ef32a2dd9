// What is behind a Recording.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <sporkle/kernel_id.hpp>
#include <sporkle/operand.hpp>

#include "runtime/call/binding.hpp"
#include "runtime/call/call.hpp"
#include "runtime/context/state.hpp"

namespace sporkle::runtime {

/// Calls on one device, bound for good. Calls whose inputs need no copies follow each other without a word
/// from the host; a call that needs some, or for which there is no code, begins a new stretch.
class RecordedCalls {
  public:
    RecordedCalls(std::shared_ptr<ContextState> state, Device& device);

    /// Throws Error(invalid_argument) for tensors elsewhere, and whatever Context::run throws for the call.
    void add(const KernelId& kernel, std::span<const Operand> operands);
    /// Binds and records what was added. Throws Error.
    void finish();
    void run();

  private:
    struct Step {
        std::shared_ptr<Kernel> kernel;
        std::unique_ptr<const Call> call;
        std::shared_ptr<Selection> selection;
        const Candidate* candidate = nullptr;
        ScratchNeed need;
        std::optional<Binding> binding;  ///< none for the reference
    };
    struct Stretch {
        std::size_t begin = 0, end = 0;  ///< steps
        std::unique_ptr<DeviceRecording> recording;
    };
    void expect_at_home(const Kernel& kernel, const Call& call) const;
    void choose(Step& step) const;
    void bind_all();
    void run(Stretch& stretch);

    std::shared_ptr<ContextState> state_;
    Device& device_;
    std::vector<Step> steps_;
    std::vector<Stretch> stretches_;
};

}  // namespace sporkle::runtime
