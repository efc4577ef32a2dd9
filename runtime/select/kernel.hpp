// A kernel as the loaded bundles know it: its Program, its variants from all of them, and what was chosen so
// far.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <sporkle/error.hpp>
#include <sporkle/report.hpp>

#include "runtime/bundle/bundle.hpp"
#include "runtime/call/facts.hpp"
#include "runtime/device.hpp"

namespace sporkle::runtime {

class Selection;

/// A variant, and what is needed to run it.
class LoadedVariant {
  public:
    LoadedVariant(std::shared_ptr<const bundle::Bundle> bundle, const bundle::Variant& variant,
                  Device& device)
        : bundle_(std::move(bundle)), variant_(&variant), device_(device) {}

    const bundle::Variant& variant() const { return *variant_; }
    Device& device() const { return device_; }
    /// "x86-64-v4/gemm-14x32-packed", "vulkan:0/spirv/gemm-128x128": its name in wisdom.
    std::string name() const;
    /// Makes it ready on its device, the first time. Throws Error; a device that has refused it once is not
    /// asked again.
    const Executable& executable();

  private:
    std::shared_ptr<const bundle::Bundle> bundle_;
    const bundle::Variant* variant_;
    Device& device_;
    std::mutex loading_;
    std::unique_ptr<Executable> executable_;
    std::optional<Error> refusal_;
};

struct HashOfHash {
    std::size_t operator()(const Hash& hash) const { return static_cast<std::size_t>(hash.low); }
};

class Kernel {
  public:
    /// `sources` holds the kernel as each bundle has it; all have the same Program.
    struct Source {
        std::shared_ptr<const bundle::Bundle> bundle;
        const bundle::Kernel* kernel = nullptr;
    };
    explicit Kernel(std::vector<Source> sources);
    ~Kernel();

    const Program& program() const { return sources_.front().kernel->program; }
    const Hash& hash() const { return sources_.front().kernel->hash; }
    std::string name() const { return std::string(program().name.view()); }
    const Facts& facts() const { return facts_; }
    /// Hash of everything the bundles hold of this kernel, code included: what its timings depend on.
    const Hash& content() const { return content_; }
    const std::vector<Source>& sources() const { return sources_; }

    /// Targets for which there is code.
    const std::set<std::string>& targets() const { return targets_; }
    /// The variants that a device runs, in the order in which they are worth trying: its best architecture
    /// first, then by the model's rank. The device outlives the kernel.
    const std::vector<std::unique_ptr<LoadedVariant>>& variants(Device& device);

    /// The selection for a workload, made by `make` the first time. A kernel remembers a few thousand; the
    /// oldest go.
    template <class Make>
    std::shared_ptr<Selection> selection(const Hash& workload, Make&& make) {
        const std::lock_guard lock(mutex_);
        const auto found = selections_.find(workload);
        if (found != selections_.end()) return found->second;
        return remember(workload, make(pin_));
    }
    /// Puts a selection in the place of the one that is there.
    void replace(const Hash& workload, std::shared_ptr<Selection> selection);
    std::vector<std::shared_ptr<Selection>> selections() const;

    /// Later calls use this variant only; selections made before are forgotten.
    void pin(std::optional<Choice> choice);

  private:
    std::shared_ptr<Selection> remember(const Hash& workload, std::shared_ptr<Selection> selection);

    std::vector<Source> sources_;
    Facts facts_;
    Hash content_;
    std::set<std::string> targets_;
    std::mutex variants_mutex_;
    std::map<const Device*, std::vector<std::unique_ptr<LoadedVariant>>> variants_;
    mutable std::mutex mutex_;
    std::unordered_map<Hash, std::shared_ptr<Selection>, HashOfHash> selections_;
    std::deque<Hash> order_;  ///< of the selections
    std::optional<Choice> pin_;
};

}  // namespace sporkle::runtime
