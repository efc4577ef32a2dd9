#include "runtime/select/selection.hpp"

#include <algorithm>

#include "runtime/call/workload.hpp"

namespace sporkle::runtime {
namespace {

// Measuring on real calls tries so many variants of each device: of the best architecture that has any, and
// of all others together.
constexpr int tried_of_best = 16, tried_of_others = 2;

/// "variant vulkan:0/spirv/rows", with "any" for what is left open.
std::string to_words(const Choice& pin) {
    const auto word = [](const std::string& name) { return name.empty() ? "any" : name; };
    return "variant " + word(pin.device) + "/" + word(pin.architecture) + "/" + word(pin.schedule) +
           (pin.threads == 0 ? "" : " on " + std::to_string(pin.threads) + " threads");
}

}  // namespace

Selection::Selection(Kernel& kernel, const Call& call, Device* device, const std::optional<Choice>& pin,
                     const Surroundings& surroundings)
    : kernel_(kernel), surroundings_(surroundings), reference_{} {
    key_.content = kernel.content();
    key_.kernel = kernel.name();
    key_.workload = workload_text(call);
    found_ = find_candidates(kernel, call, device, pin, *surroundings.devices);
    key_.fingerprint = found_.fingerprint;
    tried_.resize(candidates_.size());
    failed_.resize(candidates_.size());
    const bool to_the_reference = pin && pin->schedule == "reference";
    if (pin && candidates_.empty() && !to_the_reference)
        throw Error(ErrorCode::unsupported,
                    "kernel '" + key_.kernel + "' is pinned to " + to_words(*pin) + ", which does not fit " +
                        (device == nullptr ? "" : "a call on " + device->info().name + " with ") +
                        "the workload " + key_.workload);
    tuner_ = Tuner(candidates_.size(), false);
    if (to_the_reference) {
        origin_ = Origin::pinned;
        chosen_.store(&reference_, std::memory_order_release);
    } else if (candidates_.empty()) {
        run_on_reference();
    } else {
        apply_mode(pin.has_value());
    }
}

void Selection::apply_mode(bool pinned) {
    if (pinned) return decide(0, Origin::pinned);
    if (surroundings_.mode == Mode::estimate) return decide(0, Origin::estimated);
    recall();
    if (chosen() != nullptr || surroundings_.mode != Mode::wisdom_only) return;
    if (candidates_.size() > 1)
        throw Error(
            ErrorCode::unsupported,
            "kernel '" + key_.kernel + "': there is no wisdom for the workload " + key_.workload +
                "; the mode wisdom_only measures nothing (Context::tune or `sporkle tune` make wisdom)");
    decide(0, Origin::only);
}

/// Takes from wisdom what it knows.
void Selection::recall() {
    const Remembered remembered = surroundings_.wisdom->recall(key_);
    limit_candidates(remembered);
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
    if (std::all_of(failed_.begin(), failed_.end(), [](bool failed) { return failed; })) run_on_reference();
}

/// Leaves out what failed in earlier processes, and what is too far down in the model's order.
void Selection::limit_candidates(const Remembered& remembered) {
    struct Tried {
        std::string best_architecture;
        int of_best = 0, of_others = 0;
        const LoadedVariant* last = nullptr;
    };
    std::map<const Device*, Tried> tried;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const LoadedVariant& variant = *candidates_[c].variant;
        Tried& of_device = tried[&variant.device()];
        if (of_device.best_architecture.empty()) of_device.best_architecture = variant.variant().architecture;
        const bool best = variant.variant().architecture == of_device.best_architecture;
        int& count = best ? of_device.of_best : of_device.of_others;
        failed_[c] = remembered.failed.contains(variant.name());
        if (&variant != of_device.last && !failed_[c]) ++count;
        of_device.last = &variant;
        if (failed_[c] || count > (best ? tried_of_best : tried_of_others)) tuner_.exclude(c);
    }
}

/// When nothing else will do. Under the mutex, or in the constructor.
void Selection::run_on_reference() {
    surroundings_.log->warn_once(
        "kernel '" + key_.kernel +
        "': no variant fits this machine and this call; it runs on the reference, which is slow");
    origin_ = Origin::only;
    chosen_.store(&reference_, std::memory_order_release);
}

const Candidate& Selection::best_guess() const {
    if (const Candidate* candidate = chosen()) return *candidate;
    const std::lock_guard lock(mutex_);
    for (std::size_t c = 0; c < candidates_.size(); ++c)
        if (!failed_[c]) return candidates_[c];
    return reference_;
}

/// A candidate that cannot run here. False when no other is left. Under the mutex.
bool Selection::reject(std::size_t candidate, const Error& error) {
    surroundings_.log->warn_once("kernel '" + key_.kernel + "': variant " + name_of(candidates_[candidate]) +
                                 " is left out: " + error.what());
    failed_[candidate] = true;
    tuner_.exclude(candidate);
    // Another that was too far down in the model's order takes the place of one that the device lacks
    // something for: all that were to be tried may lack the same.
    if (error.code() == ErrorCode::unsupported)
        for (std::size_t c = 0; c < candidates_.size(); ++c)
            if (!failed_[c] && tuner_.summary(c).excluded &&
                &candidates_[c].variant->device() == &candidates_[candidate].variant->device()) {
                tuner_.include(c);
                break;
            }
    return !std::all_of(failed_.begin(), failed_.end(), [](bool failed) { return failed; });
}

bool Selection::give_up(const Candidate& candidate, const Error& error) {
    if (candidate.variant == nullptr) return false;
    if (error.code() != ErrorCode::out_of_memory && error.code() != ErrorCode::device_failure &&
        error.code() != ErrorCode::unsupported)
        return false;
    const std::lock_guard lock(mutex_);
    const bool was_pinned = origin_ == Origin::pinned;
    if (was_pinned) return false;
    const auto number = static_cast<std::size_t>(&candidate - candidates_.data());
    const bool others_left = reject(number, error);
    if (const Candidate* now = chosen(); now != nullptr && now != &candidate) return true;
    if (!others_left && error.code() == ErrorCode::unsupported) {
        run_on_reference();
        return true;
    }
    if (!others_left) {  // each call reports the error anew
        origin_ = Origin::only;
        chosen_.store(&candidate, std::memory_order_release);
        return false;
    }
    origin_ = Origin::undecided;
    chosen_.store(nullptr, std::memory_order_release);
    if (surroundings_.mode == Mode::estimate || surroundings_.mode == Mode::wisdom_only) {
        const auto next = std::find(failed_.begin(), failed_.end(), false) - failed_.begin();
        decide(static_cast<std::size_t>(next), Origin::estimated);
    }
    return true;
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

std::string Selection::name_of(const Candidate& candidate) const {
    const std::string name = candidate.variant->name();
    if (candidate.variant->device().memory() != nullptr) return name;
    return name + " on " + std::to_string(candidate.threads) +
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
        Device& device = candidate.variant->device();
        entry.choice = {device.info().name, candidate.variant->variant().architecture,
                        candidate.variant->variant().schedule,
                        device.memory() == nullptr ? candidate.threads : 0};
        entry.samples = summary.samples;
        entry.median_seconds = summary.median;
        entry.minimum_seconds = summary.minimum;
        entry.state = failed_[c]             ? CandidateState::failed
                      : best == &candidate   ? CandidateState::chosen
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
