// Context: the devices of this machine, the kernels that are linked or loaded, and what was measured of them.
//
//   sporkle::Context ctx;
//   auto x = ctx.array<float>({n}), y = ctx.array<float>({n});
//   ctx.run(saxpy, 2.0f, x, y);                       // picks device, variant and threads
//   auto call = ctx.prepare(saxpy, 2.0f, x, y);       // the same, for many calls
//   for (int step = 0; step < 1000; ++step) call();
//
// All member functions of one Context may be called from several threads at once, and a Context may be made,
// copied nowhere, moved, and destroyed while no call is under way. Results are as if all inputs were read
// before any output is written, so inputs may share memory with outputs. What is wrong with a call throws
// sporkle::Error.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <sporkle/array.hpp>
#include <sporkle/device_array.hpp>
#include <sporkle/device_info.hpp>
#include <sporkle/kernel_id.hpp>
#include <sporkle/operand.hpp>
#include <sporkle/options.hpp>
#include <sporkle/prepared_call.hpp>
#include <sporkle/recording.hpp>
#include <sporkle/report.hpp>
#include <sporkle/typed_call.hpp>

namespace sporkle {

namespace runtime {
class ContextState;
class Device;
}  // namespace runtime

/// A variant of a kernel that a bundle holds, as Context::variants lists it.
struct VariantInfo {
    Choice choice;              ///< device is empty where no device of this machine can run it
    std::string schedule_text;  ///< the whole schedule
    int rank = 0;               ///< place in the model's order for its architecture, 0 is the best guess
};

/// Runs kernels, on one device or on the best one: what Context and Context::on have in common.
class Runner {
  public:
    /// Runs a kernel and returns when its outputs are written. The arguments are, in the kernel's order: for
    /// a tensor an Array, a View, (rank 1) a contiguous range such as std::vector, or an array or view in the
    /// memory of any device; for a scalar a number of its own type. What does not lie where the kernel runs
    /// is brought there and back.
    template <KernelObject K, class... Arguments>
    void run(const K& kernel, Arguments&&... arguments) const {
        run(KernelId(kernel), detail::operands<K, Arguments...>(arguments...));
    }
    /// The same without C++ types: types and ranks are checked at run time.
    void run(const KernelId& kernel, std::span<const Operand> operands) const;
    void run_by_name(std::string_view kernel, std::span<const Operand> operands) const {
        run(KernelId(kernel), operands);
    }

    /// Checks and binds the arguments once, for many calls. The arguments' memory must outlive the prepared
    /// call.
    template <KernelObject K, class... Arguments>
    [[nodiscard]] PreparedCall prepare(const K& kernel, Arguments&&... arguments) const {
        return prepare(KernelId(kernel), detail::operands<K, Arguments...>(arguments...));
    }
    [[nodiscard]] PreparedCall prepare(const KernelId& kernel, std::span<const Operand> operands) const;

    /// Tries every variant that fits on copies of the arguments, which stay as they are, and remembers the
    /// best one for this workload, in place of whatever was known.
    template <KernelObject K, class... Arguments>
    void tune(const K& kernel, Arguments&&... arguments) const {
        tune(KernelId(kernel), detail::operands<K, Arguments...>(arguments...));
    }
    void tune(const KernelId& kernel, std::span<const Operand> operands) const;

  protected:
    Runner(std::shared_ptr<runtime::ContextState> state, runtime::Device* device)
        : state_(std::move(state)), device_(device) {}
    /// Throws Error(invalid_argument) where the Context was moved from.
    runtime::ContextState& state() const;

    std::shared_ptr<runtime::ContextState> state_;
    runtime::Device* device_;  ///< null for any
};

/// A Context confined to one device.
class DeviceContext : public Runner {
  public:
    /// A zeroed row-major array in the device's memory: ctx.on("vulkan:0").array<float>({m, k}). Throws
    /// Error(out_of_memory).
    template <ElementType T, std::size_t N>
    DeviceArray<T, static_cast<int>(N)> array(const Extent (&extents)[N]) const {
        std::array<std::int64_t, N> numbers{};
        for (std::size_t d = 0; d < N; ++d) numbers[d] = extents[d];
        return {allocate(detail::element_count(numbers, sizeof(T)), sizeof(T)), numbers};
    }
    /// A single element, rank 0.
    template <ElementType T>
    DeviceArray<T, 0> array() const {
        return {allocate(1, sizeof(T)), {}};
    }

    /// Records the calls that `body` makes; see Recording. Each runs the variant
    /// that was chosen for its workload so far, else the model's best guess.
    [[nodiscard]] Recording record(const std::function<void(Recorder&)>& body) const;

  private:
    friend class Context;
    using Runner::Runner;
    detail::DeviceMemoryBlock allocate(std::int64_t count, int element_bytes) const;
};

class Context : public Runner {
  public:
    /// Opens the devices and the bundles that are linked into the program or named in the options. Throws
    /// Error for a bundle that cannot be used; wisdom that cannot be used is only reported.
    explicit Context(Options options = {});
    ~Context();
    Context(Context&&) noexcept = default;
    Context& operator=(Context&&) noexcept = default;

    /// A zeroed row-major array: ctx.array<float>({m, k}).
    template <ElementType T, std::size_t N>
    Array<T, static_cast<int>(N)> array(const Extent (&extents)[N]) const {
        std::array<std::int64_t, N> numbers{};
        for (std::size_t d = 0; d < N; ++d) numbers[d] = extents[d];
        return Array<T, static_cast<int>(N)>(numbers);
    }
    /// A single element, rank 0.
    template <ElementType T>
    Array<T, 0> array() const {
        return Array<T, 0>(std::array<std::int64_t, 0>{});
    }

    /// Loads a bundle from a file: an object file or a shared object. Loading the same bundle twice is
    /// harmless. Throws Error(input_output) or Error(invalid_bundle).
    void load(const std::string& path);

    /// The devices, the CPU first, which is always there unless the options leave it out. Devices other than
    /// the CPU are opened when they are first wanted, here or by a call that they might run.
    std::vector<DeviceInfo> devices() const;
    /// Why devices are not there that might be: "vulkan: libvulkan.so.1 cannot be loaded", one a line.
    std::vector<std::string> absences() const;
    /// This context, confined to one device. Throws Error(unknown_device).
    DeviceContext on(std::string_view device) const;

    /// The variants of a kernel in all bundles. Throws Error(unknown_kernel).
    std::vector<VariantInfo> variants(const KernelId& kernel) const;
    /// From now on runs only this variant of a kernel, for tests and experiments. Empty members of the choice
    /// match everything, and threads 0 leaves their number open. Calls that it does not fit throw
    /// Error(unsupported). Prepared calls keep what they were prepared with. Throws Error(unsupported) when
    /// there is no such variant, Error(invalid_argument) for a negative number of threads.
    void pin(const KernelId& kernel, const Choice& choice);
    void unpin(const KernelId& kernel);

    /// What was tried, measured and chosen for a kernel so far. Throws Error(unknown_kernel).
    Report report(const KernelId& kernel) const;
};

}  // namespace sporkle
