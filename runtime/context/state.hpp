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
#include "runtime/context/devices.hpp"
#include "runtime/log.hpp"
#include "runtime/memory/device_storage.hpp"
#include "runtime/memory/spares.hpp"
#include "runtime/select/kernel.hpp"
#include "runtime/select/selection.hpp"
#include "runtime/threads/pool.hpp"
#include "runtime/wisdom/wisdom.hpp"

namespace sporkle::runtime {

class ContextState final : public SpareKeeper {
  public:
    explicit ContextState(Options options);
    ContextState(const ContextState&) = delete;
    ContextState& operator=(const ContextState&) = delete;

    /// Adds the bundles of a file. Throws Error(input_output), Error(invalid_bundle).
    void load(const std::string& path);

    /// Throws Error(unknown_kernel), or Error(invalid_argument) for a name that several kernels have.
    std::shared_ptr<Kernel> kernel(const KernelId& id);

    Devices& devices() { return *devices_; }
    /// Throws Error(unknown_device).
    Device& device(std::string_view name);
    /// Zeroed memory of a device; `self` is this. Throws Error(out_of_memory).
    std::shared_ptr<const DeviceStorage> allocate(std::shared_ptr<ContextState> self, Device& device,
                                                  std::int64_t count, int element_bytes);

    /// The selection for a call; a device of null is any.
    std::shared_ptr<Selection> selection(Kernel& kernel, const Call& call, Device* device);
    /// Searches exhaustively and lets later calls of this workload go by the result.
    void tune(Kernel& kernel, const Call& call, Device* device);

    /// Gives back memory that is kept for later calls on a device. Returns whether there was any.
    bool release_spares(const Device& device) override;

  private:
    Surroundings surroundings(Mode mode) { return {mode, &wisdom_, &log_, devices_.get(), this}; }
    void refresh_linked();
    void add(std::vector<std::shared_ptr<const bundle::Bundle>> bundles);
    void remove(const bundle::Bundle& bundle);
    void rebuild(const Hash& hash);
    [[noreturn]] void unknown(const KernelId& id) const;

    const Log log_;
    const Mode mode_;
    Wisdom wisdom_;
    std::unique_ptr<ThreadPool> pool_;  ///< null where the application has an executor
    std::unique_ptr<Devices> devices_;

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
