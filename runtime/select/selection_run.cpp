// How a selection runs calls: measuring, searching, and with what was chosen.
#include <algorithm>
#include <chrono>

#include "runtime/call/run_reference.hpp"
#include "runtime/context/devices.hpp"
#include "runtime/select/rotation.hpp"
#include "runtime/select/selection.hpp"

namespace sporkle::runtime {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

/// Bindings kept for calls that do not bring one of their own: as many as calls are under way at once, up to
/// this.
constexpr std::size_t most_spares = 4;

/// What a first run may take, in seconds, and not count; a driver's compiling takes less.
constexpr double most_for_first_run = 2.0;

/// A candidate whose transfers alone take so much longer than the best call need not be tried.
constexpr double hopeless = 1.5;

}  // namespace

void Selection::run(const Call& call) {
    calls_.fetch_add(1, std::memory_order_relaxed);
    if (chosen() == nullptr && surroundings_.mode == Mode::exhaustive) {
        const std::lock_guard one_search(searching_);
        if (chosen() == nullptr) search(call);
    }
    for (;;) {
        const Candidate* candidate = chosen();
        if (candidate == nullptr) {
            if (measure(call)) return;
            continue;
        }
        const bool may_fail =
            candidate->variant != nullptr && candidate->variant->device().memory() != nullptr;
        if (!may_fail) return execute(*candidate, call, nullptr);
        try {
            return execute(*candidate, call, nullptr);
        } catch (const Interrupted& error) {
            give_up(*candidate, error);
            throw;
        } catch (const Error& error) {
            if (!give_up(*candidate, error)) throw;
        }
    }
}

/// Runs the call as the next measurement. False where it has not run, because something was decided or a
/// candidate failed.
bool Selection::measure(const Call& call) {
    std::optional<std::size_t> candidate;
    {
        const std::lock_guard lock(mutex_);
        if (chosen() != nullptr) return false;
        // What wisdom remembers may be all that was missing.
        if (const auto decision = tuner_.decision()) {
            decide(*decision, Origin::measured);
            return false;
        }
        candidate = tuner_.next();
        if (!candidate) {
            run_on_reference();
            return false;
        }
    }
    const Candidate& tried = candidates_[*candidate];
    const auto abandon = [&] {
        const std::lock_guard lock(mutex_);
        tuner_.abandon(*candidate);
    };
    std::optional<Times> times;
    try {
        times = trial(*candidate, call);
    } catch (const Interrupted& error) {
        abandon();
        give_up(tried, error);
        throw;
    } catch (const Error& error) {
        abandon();
        if (!give_up(tried, error)) throw;
        return false;
    } catch (...) {
        abandon();
        throw;
    }
    if (!times) {
        abandon();
        return true;
    }
    remember(tried, times->all);
    const std::lock_guard lock(mutex_);
    tuner_.record(*candidate, times->all);
    drop_hopeless(tuner_);
    if (const auto decision = tuner_.decision(); decision && chosen() == nullptr)
        decide(*decision, Origin::measured);
    return true;
}

void Selection::search(const Call& call) {
    Tuner tuner(candidates_.size(), true);
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t c = 0; c < candidates_.size(); ++c)
            if (failed_[c]) tuner.exclude(c);
    }
    if (candidates_.empty()) return;
    std::int64_t cache_bytes = 0;
    for (const Candidate& candidate : candidates_) {
        const DeviceInfo& info = candidate.variant->device().info();
        cache_bytes = std::max({cache_bytes, info.l3_bytes, info.l2_bytes});
    }
    const Rotation rotation(call, cache_bytes, *surroundings_.spares);
    std::size_t turn = 0;
    while (const auto candidate = tuner.next()) {
        const Candidate& tried = candidates_[*candidate];
        try {
            const std::optional<Times> times = trial(*candidate, rotation.call(turn++));
            if (!times) {
                tuner.abandon(*candidate);
                continue;
            }
            tuner.record(*candidate, times->all);
            remember(tried, times->all);
            const std::lock_guard lock(mutex_);
            drop_hopeless(tuner);
        } catch (const Error& error) {
            tuner.abandon(*candidate);
            tuner.exclude(*candidate);
            if (!give_up(tried, error)) throw;
        }
    }
    const std::lock_guard lock(mutex_);
    tuner_ = tuner;
    if (const auto decision = tuner.decision()) decide(*decision, Origin::searched);
}

/// Leaves out what needs longer for its transfers alone than the best needs for everything. Under the mutex.
void Selection::drop_hopeless(Tuner& tuner) const {
    if (least_transfers_.empty()) return;
    double best = 0;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const Tuner::Summary summary = tuner.summary(c);
        if (summary.samples > 0 && !summary.excluded && (best == 0 || summary.minimum < best))
            best = summary.minimum;
    }
    if (best == 0) return;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const auto transfers = least_transfers_.find(candidates_[c].arrangement);
        if (transfers != least_transfers_.end() && transfers->second > hopeless * best) tuner.drop(c);
    }
}

void Selection::remember(const Candidate& candidate, double taken) {
    surroundings_.wisdom->record(key_, {candidate.variant->name(), candidate.threads, taken});
}

/// The time that a candidate takes. Before its first run wisdom hears of it, in case there is no return.
/// Nothing for the first run on a device with memory of its own, where drivers finish compiling then and
/// buffers are made, unless it was so long that a second one would be a nuisance.
std::optional<Selection::Times> Selection::trial(std::size_t candidate, const Call& call) {
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
    Times times;
    execute(tried, call, &times);
    const bool on_own_memory = tried.variant->device().memory() != nullptr;
    if (first && on_own_memory && times.all < most_for_first_run) return std::nullopt;
    if (!tried.arrangement->plain()) {
        const std::lock_guard lock(mutex_);
        const auto [least, is_new] = least_transfers_.try_emplace(tried.arrangement, times.transfers);
        if (!is_new) least->second = std::min(least->second, times.transfers);
    }
    return times;
}

void Selection::execute(const Candidate& candidate, const Call& call, Times* times) {
    if (candidate.variant == nullptr) return run_reference(call);
    std::optional<Binding> binding = take_spare(candidate);
    if (!binding) binding = bind(candidate);
    binding->take(call);
    if (times == nullptr)
        run_bound(*binding, candidate, call);
    else
        *times = time_bound(*binding, candidate, call);
    keep_spare(candidate, std::move(*binding));
}

void Selection::bring_in(Binding& binding, const Candidate& candidate, const Call& call) const {
    if (binding.plain()) return;
    with_spares_released(*surroundings_.spares, candidate.variant->device(), [&] { binding.bring_in(call); });
}

void Selection::execute_bound(const Binding& binding, const Candidate& candidate, const Call& call,
                              double* device_seconds) const {
    if (!call.works_in_place() || !candidate.arrangement->writes_in_place())
        return binding.execute(device_seconds);
    try {
        binding.execute(device_seconds);
    } catch (const Error& error) {
        throw Interrupted(error);
    }
}

void Selection::run_bound(Binding& binding, const Candidate& candidate, const Call& call) const {
    bring_in(binding, candidate, call);
    execute_bound(binding, candidate, call, nullptr);
    binding.bring_back(call);
}

/// The same, with a look at the clock.
Selection::Times Selection::time_bound(Binding& binding, const Candidate& candidate, const Call& call) const {
    const Clock::time_point begin = Clock::now();
    bring_in(binding, candidate, call);
    const Clock::time_point brought = Clock::now();
    double device_seconds = 0;
    execute_bound(binding, candidate, call, found_.by_device_clock ? &device_seconds : nullptr);
    const Clock::time_point ran = Clock::now();
    binding.bring_back(call);
    if (found_.by_device_clock) return {device_seconds, 0};
    if (binding.plain()) return {seconds(ran - brought), 0};
    const Clock::time_point end = Clock::now();
    return {seconds(end - begin), seconds(brought - begin + (end - ran))};
}

std::optional<Binding> Selection::take_spare(const Candidate& candidate) {
    const std::lock_guard lock(spares_mutex_);
    const auto spare = std::find_if(spares_.begin(), spares_.end(),
                                    [&](const Spare& s) { return s.candidate == &candidate; });
    if (spare == spares_.end()) return std::nullopt;
    std::optional<Binding> binding = std::move(spare->binding);
    spares_.erase(spare);
    return binding;
}

void Selection::keep_spare(const Candidate& candidate, Binding binding) {
    const std::lock_guard lock(spares_mutex_);
    const Candidate* best = chosen();
    if (best != nullptr) std::erase_if(spares_, [&](const Spare& s) { return s.candidate != best; });
    if (spares_.size() < most_spares && (best == nullptr || best == &candidate))
        spares_.push_back({&candidate, std::move(binding)});
}

bool Selection::release_spares(const Device& device) {
    const std::lock_guard lock(spares_mutex_);
    return std::erase_if(spares_,
                         [&](const Spare& s) { return &s.candidate->variant->device() == &device; }) > 0;
}

Binding Selection::bind(const Candidate& candidate) const {
    Device& device = candidate.variant->device();
    surroundings_.devices->expect_usable(device);
    const bundle::Variant& variant = candidate.variant->variant();
    ScratchNeed need = scratch_need(variant, candidate.sizes, device, candidate.threads);
    Binding binding = bind_without_scratch(candidate);
    // Arenas take what they are given, so that the operands come first.
    if (need.arenas > 1 && need.arena_bytes > 0)
        with_spares_released(*surroundings_.spares, device, [&] { binding.reserve(); });
    const auto memory = allocate_scratch(device, need, *surroundings_.spares);
    binding.use(need, memory);
    return binding;
}

Binding Selection::bind_without_scratch(const Candidate& candidate) const {
    LoadedVariant& variant = *candidate.variant;
    return Binding({variant.variant(), variant.device(), variant.executable(), candidate.sizes,
                    *candidate.arrangement, kernel_.facts()});
}

}  // namespace sporkle::runtime
