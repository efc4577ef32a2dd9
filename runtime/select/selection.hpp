// Selection: which variant runs a kernel for one workload, and how that is found out.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sporkle/options.hpp>
#include <sporkle/report.hpp>

#include "runtime/call/binding.hpp"
#include "runtime/call/call.hpp"
#include "runtime/log.hpp"
#include "runtime/select/kernel.hpp"
#include "runtime/select/tuner.hpp"
#include "runtime/wisdom/wisdom.hpp"

namespace sporkle::runtime {

/// What a selection needs of its Context, which outlives it.
struct Surroundings {
    Mode mode = Mode::measure;
    Wisdom* wisdom = nullptr;
    const Log* log = nullptr;
};

/// A variant with a number of threads; without a variant it is the reference.
struct Candidate {
    LoadedVariant* variant = nullptr;
    int threads = 1;
    Sizes sizes;
};

class Selection {
  public:
    /// `device` confines the choice to one device, null does not. A pin leaves a single candidate. Reads
    /// wisdom where the mode wants it. Throws Error(unsupported) when a pin does not fit the call, or when
    /// only wisdom is wanted and there is none. The kernel and the surroundings outlive the selection.
    Selection(Kernel& kernel, const Call& call, const Device* device, const std::optional<Choice>& pin,
              const Surroundings& surroundings);

    /// Runs a call of this workload, as a measurement while nothing is decided.
    void run(const Call& call);
    /// Tries every candidate on copies of the call's arguments and decides anew.
    void search(const Call& call);

    /// What was decided; null while it is not. What it points to lives as long as the selection.
    const Candidate* chosen() const { return chosen_.load(std::memory_order_acquire); }
    /// A binding of a candidate that has a variant, with memory of its own.
    Binding bind(const Candidate& candidate) const;

    WorkloadReport report() const;

  private:
    void find_candidates(const Call& call, const Device* device);
    void apply_pin(const Choice& pin);
    void recall();
    void measure(const Call& call);
    void decide(std::size_t candidate, Origin origin);
    bool reject(std::size_t candidate, const std::string& why);
    double trial(std::size_t candidate, const Call& call);
    double execute(const Candidate& candidate, const Call& call);
    std::string name_of(const Candidate& candidate) const;

    Kernel& kernel_;
    const Surroundings surroundings_;
    WisdomKey key_;
    std::vector<Candidate>
        candidates_;  ///< the model's order; fixed once constructed, but for its last resort
    const Candidate reference_;
    std::atomic<std::int64_t> calls_{0};
    std::atomic<const Candidate*> chosen_{nullptr};
    std::mutex searching_;

    mutable std::mutex mutex_;  ///< guards what follows
    Tuner tuner_{0, false};
    Origin origin_ = Origin::undecided;
    std::vector<bool> tried_, failed_;

    struct Spare {
        const Candidate* candidate;
        Binding binding;
    };
    std::mutex spares_mutex_;
    std::vector<Spare> spares_;  ///< bindings that no call uses just now
};

}  // namespace sporkle::runtime
