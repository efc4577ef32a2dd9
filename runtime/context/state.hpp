// What a Context is made of.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <sporkle/context.hpp>

#include "runtime/bundle/format.hpp"
#include "runtime/log.hpp"
#include "runtime/select/kernel.hpp"
#include "runtime/select/selection.hpp"
#include "runtime/threads/pool.hpp"
#include "runtime/wisdom/wisdom.hpp"

namespace sporkle::runtime {

class ContextState {
  public:
    explicit ContextState(Options options);
    ContextState(const ContextState&) = delete;
    ContextState& operator=(const ContextState&) = delete;

    /// Adds the bundles of a file. Throws Error(input_output), Error(invalid_bundle).
    void load(const std::string& path);

    /// Throws Error(unknown_kernel), or Error(invalid_argument) for a name that several kernels have.
    std::shared_ptr<Kernel> kernel(const KernelId& id);

    std::span<const std::unique_ptr<Device>> devices() const { return devices_; }
    /// Number of a device. Throws Error(unknown_device).
    int device(std::string_view name) const;

    /// The selection for a call; `device` is a number, or -1 for any.
    std::shared_ptr<Selection> selection(Kernel& kernel, const Call& call, int device);
    /// Searches exhaustively and lets later calls of this workload go by the result.
    void tune(Kernel& kernel, const Call& call, int device);

  private:
    const Device* device_or_any(int number) const;
    void refresh_linked();
    void add(std::vector<std::shared_ptr<const bundle::Bundle>> bundles);
    void remove(const bundle::Bundle& bundle);
    void rebuild(const Hash& hash);
    [[noreturn]] void unknown(const KernelId& id) const;

    const Log log_;
    const Mode mode_;
    Wisdom wisdom_;
    std::unique_ptr<ThreadPool> pool_;  ///< null where the application has an executor
    std::vector<std::unique_ptr<Device>> devices_;

    mutable std::shared_mutex mutex_;  ///< guards what follows
    struct Linked {
        const bundle::Anchor* anchor;
        std::shared_ptr<const bundle::Bundle> bundle;
    };
    std::vector<Linked> linked_;
    std::vector<std::shared_ptr<const bundle::Bundle>> bundles_;
    std::unordered_map<Hash, std::shared_ptr<Kernel>, HashOfHash> kernels_;
    std::atomic<std::uint64_t> generation_{
        ~std::uint64_t(0)};  ///< of the registry, when it was last looked at
};

}  // namespace sporkle::runtime
