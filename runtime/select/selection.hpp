// Selection: which variant runs a kernel for one workload, and how that is found out.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sporkle/error.hpp>
#include <sporkle/report.hpp>

#include "runtime/call/binding.hpp"
#include "runtime/call/call.hpp"
#include "runtime/select/candidates.hpp"
#include "runtime/select/kernel.hpp"
#include "runtime/select/surroundings.hpp"
#include "runtime/select/tuner.hpp"

namespace sporkle::runtime {

/// A call that failed after its code had begun to overwrite its own inputs, so that it cannot be run again.
class Interrupted final : public Error {
  public:
    explicit Interrupted(const Error& error) : Error(error.code(), error.what()) {}
};

class Selection {
  public:
    /// `device` confines the choice to one device, null does not. A pin leaves a single candidate. Reads
    /// wisdom where the mode wants it. Throws Error(unsupported) when a pin does not fit the call, or when
    /// only wisdom is wanted and there is none. The kernel and the surroundings outlive the selection.
    Selection(Kernel& kernel, const Call& call, Device* device, const std::optional<Choice>& pin,
              const Surroundings& surroundings);

    /// Runs a call of this workload, as a measurement while nothing is decided. Where a device fails another
    /// candidate runs it.
    void run(const Call& call);
    /// Tries every candidate on copies of the call's arguments and decides anew.
    void search(const Call& call);

    /// What was decided; null while it is not. What it points to lives as long as the selection.
    const Candidate* chosen() const { return chosen_.load(std::memory_order_acquire); }
    /// What was decided, else the model's best guess among those that have not failed.
    const Candidate& best_guess() const;
    /// A binding of a candidate that has a variant, with memory of its own. Throws Error.
    Binding bind(const Candidate& candidate) const;
    /// One that has not been given its scratch memory.
    Binding bind_without_scratch(const Candidate& candidate) const;
    /// Runs a call that the candidate's binding has taken. Throws Interrupted and other Errors.
    void run_bound(Binding& binding, const Candidate& candidate, const Call& call) const;
    /// Whether another candidate may run a call after this error of the given one; if so, that one is left
    /// out from now on.
    bool give_up(const Candidate& candidate, const Error& error);
    /// Gives back the bindings that are kept for a device. Returns whether there were any.
    bool release_spares(const Device& device);

    WorkloadReport report() const;

  private:
    struct Times {
        double all = 0;        ///< seconds, by the clock that the selection goes by
        double transfers = 0;  ///< of them, for bringing in and back; 0 by a device's clock
    };
    void apply_mode(bool pinned);
    void recall();
    void limit_candidates(const Remembered& remembered);
    bool measure(const Call& call);
    void decide(std::size_t candidate, Origin origin);
    void run_on_reference();
    bool reject(std::size_t candidate, const Error& error);
    void drop_hopeless(Tuner& tuner) const;
    std::optional<Times> trial(std::size_t candidate, const Call& call);
    void execute(const Candidate& candidate, const Call& call, Times* times);
    void bring_in(Binding& binding, const Candidate& candidate, const Call& call) const;
    void execute_bound(const Binding& binding, const Candidate& candidate, const Call& call,
                       double* device_seconds) const;
    Times time_bound(Binding& binding, const Candidate& candidate, const Call& call) const;
    std::optional<Binding> take_spare(const Candidate& candidate);
    void keep_spare(const Candidate& candidate, Binding binding);
    void remember(const Candidate& candidate, double seconds);
    std::string name_of(const Candidate& candidate) const;

    Kernel& kernel_;
    const Surroundings surroundings_;
    WisdomKey key_;
    Candidates found_;
    const std::vector<Candidate>& candidates_ = found_.list;
    const Candidate reference_;
    std::atomic<std::int64_t> calls_{0};
    std::atomic<const Candidate*> chosen_{nullptr};
    std::mutex searching_;

    mutable std::mutex mutex_;  ///< guards what follows
    Tuner tuner_{0, false};
    Origin origin_ = Origin::undecided;
    std::vector<bool> tried_, failed_;
    std::map<const Arrangement*, double> least_transfers_;  ///< seconds

    struct Spare {
        const Candidate* candidate;
        Binding binding;
    };
    std::mutex spares_mutex_;
    std::vector<Spare> spares_;  ///< bindings that no call uses just now
};

}  // namespace sporkle::runtime
