#include "runtime/select/selection.hpp"

#include <algorithm>
#include <chrono>

#include <sporkle/error.hpp>

#include "runtime/call/run_reference.hpp"
#include "runtime/call/workload.hpp"
#include "runtime/select/rotation.hpp"
#include "runtime/select/threads.hpp"

namespace sporkle::runtime {
namespace {

// Measuring on real calls tries so many variants: of the best architecture that has any, and of all others
// together.
constexpr int tried_of_best = 16, tried_of_others = 2;

/// Bindings kept for calls that do not bring one of their own: as many as calls are under way at once, up to
/// this.
constexpr std::size_t most_spares = 4;

}  // namespace

Selection::Selection(Kernel& kernel, const Call& call, const Device* device, const std::optional<Choice>& pin,
                     const Surroundings& surroundings)
    : kernel_(kernel), surroundings_(surroundings), reference_{} {
    key_.content = kernel.content();
    key_.kernel = kernel.name();
    key_.workload = workload_text(call);
    find_candidates(call, device);
    if (pin) apply_pin(*pin);
    tried_.resize(candidates_.size());
    failed_.resize(candidates_.size());
    if (candidates_.empty()) {
        if (!pin)
            surroundings_.log->warn_once(
                "kernel '" + key_.kernel +
                "': no variant fits this machine and this call; it runs on the reference, "
                "which is slow");
        origin_ = pin ? Origin::pinned : Origin::only;
        chosen_.store(&reference_, std::memory_order_release);
        return;
    }
    tuner_ = Tuner(candidates_.size(), false);
    if (pin) {
        decide(0, Origin::pinned);
        return;
    }
    if (surroundings_.mode == Mode::estimate) {
        decide(0, Origin::estimated);
        return;
    }
    recall();
    if (chosen() != nullptr || surroundings_.mode != Mode::wisdom_only) return;
    if (candidates_.size() > 1)
        throw Error(
            ErrorCode::unsupported,
            "kernel '" + key_.kernel + "': there is no wisdom for the workload " + key_.workload +
                "; the mode wisdom_only measures nothing (Context::tune or `sporkle tune` make wisdom)");
    decide(0, Origin::only);
}

void Selection::find_candidates(const Call& call, const Device* device) {
    const double work = operations(call.program(), call.extents());
    std::vector<const Device*> devices;
    for (const auto& variant : kernel_.variants()) {
        if (variant->device() == nullptr || (device != nullptr && variant->device() != device)) continue;
        if (!fits(variant->variant(), call)) continue;
        std::optional<Sizes> sizes = sizes_of(variant->variant(), call);
        if (!sizes) continue;
        std::int64_t most_tasks = 0;
        for (const Grid& grid : sizes->grids) most_tasks = std::max(most_tasks, grid.tasks);
        for (const int threads : thread_counts(work, most_tasks, variant->device()->info().threads))
            candidates_.push_back({variant.get(), threads, *sizes});
        if (std::find(devices.begin(), devices.end(), variant->device()) == devices.end())
            devices.push_back(variant->device());
    }
    for (const Device* used : devices)
        key_.fingerprint += (key_.fingerprint.empty() ? "" : "; ") + used->info().fingerprint;
}

void Selection::apply_pin(const Choice& pin) {
    if (pin.schedule == "reference") {
        candidates_.clear();
        return;
    }
    const auto differs = [&](const Candidate& candidate) {
        const bundle::Variant& variant = candidate.variant->variant();
        return (!pin.device.empty() && pin.device != candidate.variant->device()->info().name) ||
               (!pin.architecture.empty() && pin.architecture != variant.architecture) ||
               (!pin.schedule.empty() && pin.schedule != variant.schedule);
    };
    std::erase_if(candidates_, differs);
    if (candidates_.empty())
        throw Error(ErrorCode::unsupported, "kernel '" + key_.kernel + "' is pinned to variant " +
                                                pin.architecture + "/" + pin.schedule +
                                                ", which does not fit the workload " + key_.workload);
    candidates_.resize(1);
    Candidate& only = candidates_.front();
    if (pin.threads > 0) only.threads = std::min(pin.threads, only.variant->device()->info().threads);
}

/// Takes from wisdom what it knows.
void Selection::recall() {
    const Remembered remembered = surroundings_.wisdom->recall(key_);
    int of_best = 0, of_others = 0;
    const LoadedVariant* counted = nullptr;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const Candidate& candidate = candidates_[c];
        const bool best =
            candidate.variant->variant().architecture == candidates_.front().variant->variant().architecture;
        failed_[c] = remembered.failed.contains(candidate.variant->name());
        if (candidate.variant != counted && !failed_[c]) ++(best ? of_best : of_others);
        counted = candidate.variant;
        if (failed_[c] || (best ? of_best > tried_of_best : of_others > tried_of_others)) tuner_.exclude(c);
    }
    const auto find = [&](const std::string& variant, int threads) {
        return static_cast<std::size_t>(std::find_if(candidates_.begin(), candidates_.end(),
                                                     [&](const Candidate& c) {
                                                         return c.threads == threads &&
                                                                c.variant->name() == variant;
                                                     }) -
                                        candidates_.begin());
    };
    for (const Timing& timing : remembered.timings) {
        const std::size_t c = find(timing.variant, timing.threads);
        if (c < candidates_.size()) tuner_.record(c, timing.seconds);
    }
    if (remembered.choice) {
        const std::size_t c = find(remembered.choice->variant, remembered.choice->threads);
        const bool good_enough = remembered.choice->exhaustive || surroundings_.mode != Mode::exhaustive;
        if (c < candidates_.size() && !failed_[c] && good_enough) return decide(c, Origin::remembered);
    }
    if (std::all_of(failed_.begin(), failed_.end(), [](bool failed) { return failed; })) {
        origin_ = Origin::only;
        chosen_.store(&reference_, std::memory_order_release);
        return;
    }
}

void Selection::run(const Call& call) {
    calls_.fetch_add(1, std::memory_order_relaxed);
    if (chosen() == nullptr && surroundings_.mode == Mode::exhaustive) {
        const std::lock_guard one_search(searching_);
        if (chosen() == nullptr) search(call);
    }
    if (const Candidate* candidate = chosen())
        execute(*candidate, call);
    else
        measure(call);
}

/// Runs the call as the next measurement.
void Selection::measure(const Call& call) {
    for (;;) {
        std::optional<std::size_t> candidate;
        {
            const std::lock_guard lock(mutex_);
            if (chosen() == nullptr) {
                // What wisdom remembers may be all that was missing.
                if (const auto decision = tuner_.decision())
                    decide(*decision, Origin::measured);
                else if (!(candidate = tuner_.next())) {
                    origin_ = Origin::only;
                    chosen_.store(&reference_, std::memory_order_release);
                }
            }
        }
        if (!candidate) {
            execute(*chosen(), call);
            return;
        }
        double seconds = 0;
        try {
            seconds = trial(*candidate, call);
        } catch (const Error& error) {
            const std::lock_guard lock(mutex_);
            tuner_.abandon(*candidate);
            if (error.code() != ErrorCode::out_of_memory && error.code() != ErrorCode::device_failure) throw;
            if (!reject(*candidate, error.what())) throw;
            continue;
        } catch (...) {
            const std::lock_guard lock(mutex_);
            tuner_.abandon(*candidate);
            throw;
        }
        const Candidate& timed = candidates_[*candidate];
        surroundings_.wisdom->record(key_, {timed.variant->name(), timed.threads, seconds});
        const std::lock_guard lock(mutex_);
        tuner_.record(*candidate, seconds);
        if (const auto decision = tuner_.decision(); decision && chosen() == nullptr)
            decide(*decision, Origin::measured);
        return;
    }
}

/// A candidate that cannot run here. False when no other is left. Under the mutex.
bool Selection::reject(std::size_t candidate, const std::string& why) {
    surroundings_.log->warn_once("kernel '" + key_.kernel + "': variant " + name_of(candidates_[candidate]) +
                                 " is left out: " + why);
    failed_[candidate] = true;
    tuner_.exclude(candidate);
    return !std::all_of(failed_.begin(), failed_.end(), [](bool failed) { return failed; });
}

void Selection::search(const Call& call) {
    Tuner tuner(candidates_.size(), true);
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t c = 0; c < candidates_.size(); ++c)
            if (failed_[c]) tuner.exclude(c);
    }
    if (candidates_.empty()) return;
    const Rotation rotation(call, candidates_.front().variant->device()->info().l3_bytes);
    std::size_t turn = 0;
    while (const auto candidate = tuner.next()) {
        try {
            const double seconds = trial(*candidate, rotation.call(turn++));
            tuner.record(*candidate, seconds);
            const Candidate& timed = candidates_[*candidate];
            surroundings_.wisdom->record(key_, {timed.variant->name(), timed.threads, seconds});
        } catch (const Error& error) {
            const std::lock_guard lock(mutex_);
            tuner.abandon(*candidate);
            tuner.exclude(*candidate);
            if (error.code() != ErrorCode::out_of_memory && error.code() != ErrorCode::device_failure) throw;
            if (!reject(*candidate, error.what())) throw;
        }
    }
    const std::lock_guard lock(mutex_);
    tuner_ = tuner;
    if (const auto decision = tuner.decision()) decide(*decision, Origin::searched);
}

/// Under the mutex, or in the constructor.
void Selection::decide(std::size_t candidate, Origin origin) {
    const Candidate& best = candidates_[candidate];
    origin_ = candidates_.size() == 1 && origin != Origin::pinned ? Origin::only : origin;
    chosen_.store(&best, std::memory_order_release);
    const Tuner::Summary summary = tuner_.summary(candidate);
    if (origin == Origin::measured || origin == Origin::searched)
        surroundings_.wisdom->choose(
            key_, {best.variant->name(), best.threads, origin == Origin::searched, summary.median});
    if (surroundings_.log->wants_debug())
        (*surroundings_.log)(LogLevel::info, "kernel '" + key_.kernel + "' for " + key_.workload +
                                                 ": variant " + name_of(best) + ", " +
                                                 sporkle::name_of(origin_));
}

/// The seconds that a candidate takes. Before its first run wisdom hears of it, in case there is no return.
double Selection::trial(std::size_t candidate, const Call& call) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = !tried_[candidate];
        tried_[candidate] = true;
    }
    const Candidate& tried = candidates_[candidate];
    const std::string variant = tried.variant->name();
    if (first) surroundings_.wisdom->begin_trial(key_, variant);
    struct EndTrial {
        ~EndTrial() {
            if (first) wisdom.end_trial(key, variant);
        }
        bool first;
        Wisdom& wisdom;
        const WisdomKey& key;
        const std::string& variant;
    } const end{first, *surroundings_.wisdom, key_, variant};
    return execute(tried, call);
}

double Selection::execute(const Candidate& candidate, const Call& call) {
    if (candidate.variant == nullptr) {
        run_reference(call);
        return 0;
    }
    std::optional<Binding> binding;
    {
        const std::lock_guard lock(spares_mutex_);
        const auto spare = std::find_if(spares_.begin(), spares_.end(),
                                        [&](const Spare& s) { return s.candidate == &candidate; });
        if (spare != spares_.end()) {
            binding = std::move(spare->binding);
            spares_.erase(spare);
        }
    }
    if (!binding) binding = bind(candidate);
    binding->rebind(call);
    call.copy_inputs();
    using Clock = std::chrono::steady_clock;
    const Clock::time_point begin = Clock::now();
    binding->run();
    const std::chrono::duration<double> taken = Clock::now() - begin;
    const std::lock_guard lock(spares_mutex_);
    const Candidate* best = chosen();
    if (best != nullptr) std::erase_if(spares_, [&](const Spare& s) { return s.candidate != best; });
    if (spares_.size() < most_spares && (best == nullptr || best == &candidate))
        spares_.push_back({&candidate, std::move(*binding)});
    return taken.count();
}

Binding Selection::bind(const Candidate& candidate) const {
    return Binding(candidate.variant->variant(), candidate.variant->executable(), candidate.sizes,
                   candidate.threads, kernel_.facts());
}

std::string Selection::name_of(const Candidate& candidate) const {
    return candidate.variant->name() + " on " + std::to_string(candidate.threads) +
           (candidate.threads == 1 ? " thread" : " threads");
}

WorkloadReport Selection::report() const {
    const std::lock_guard lock(mutex_);
    WorkloadReport report;
    report.workload = key_.workload;
    report.origin = origin_;
    report.calls = calls_.load(std::memory_order_relaxed);
    const Candidate* best = chosen();
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const Candidate& candidate = candidates_[c];
        const Tuner::Summary summary = tuner_.summary(c);
        CandidateReport& entry = report.candidates.emplace_back();
        entry.choice = {candidate.variant->device()->info().name, candidate.variant->variant().architecture,
                        candidate.variant->variant().schedule, candidate.threads};
        entry.samples = summary.samples;
        entry.median_seconds = summary.median;
        entry.minimum_seconds = summary.minimum;
        entry.state = best == &candidate     ? CandidateState::chosen
                      : failed_[c]           ? CandidateState::failed
                      : summary.dropped      ? CandidateState::dropped
                      : summary.samples == 0 ? CandidateState::untried
                      : best != nullptr      ? CandidateState::dropped
                                             : CandidateState::trying;
        if (best == &candidate) report.chosen = static_cast<int>(c);
    }
    if (best == &reference_) {
        report.chosen = static_cast<int>(report.candidates.size());
        CandidateReport& entry = report.candidates.emplace_back();
        entry.choice.schedule = "reference";
        entry.state = CandidateState::chosen;
    }
    return report;
}

}  // namespace sporkle::runtime
