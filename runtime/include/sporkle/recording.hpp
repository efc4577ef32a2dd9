// Recording: several calls, checked, bound and recorded once, that run in order as one.
//
//   auto step = ctx.on("vulkan:0").record([&](sporkle::Recorder& r) {
//       r.run(smooth, a, b);
//       r.run(saxpy, 2.0f, b, c, a);
//   });
//   for (int n = 0; n < 1000; ++n) step();
#pragma once

#include <memory>
#include <span>

#include <sporkle/kernel_id.hpp>
#include <sporkle/operand.hpp>
#include <sporkle/typed_call.hpp>

namespace sporkle {

namespace runtime {
class RecordedCalls;
}

/// Takes the calls of a recording, in their order, while it is made.
class Recorder {
  public:
    /// For the runtime.
    explicit Recorder(runtime::RecordedCalls& calls) : calls_(calls) {}

    /// Adds a call, checked as Runner::run checks it. Its tensors lie in the memory of the recording's
    /// device; anything else throws Error(invalid_argument).
    template <KernelObject K, class... Arguments>
    void run(const K& kernel, Arguments&&... arguments) {
        run(KernelId(kernel), detail::operands<K, Arguments...>(arguments...));
    }
    void run(const KernelId& kernel, std::span<const Operand> operands);

  private:
    runtime::RecordedCalls& calls_;
};

/// Made by DeviceContext::record. Calling it runs all calls again, each as if it began when the one before
/// had ended, and returns when the results are written; the device gets them in one piece where it can. The
/// tensors' memory must outlive it, their contents may change, scalars stay what they were. One Recording is
/// for one thread at a time. It keeps what it needs of the Context alive.
class Recording {
  public:
    explicit Recording(std::unique_ptr<runtime::RecordedCalls> calls);
    Recording(Recording&&) noexcept;
    Recording& operator=(Recording&&) noexcept;
    ~Recording();

    void operator()();

  private:
    std::unique_ptr<runtime::RecordedCalls> calls_;
};

}  // namespace sporkle
