#include "runtime/select/tuner.hpp"

#include <algorithm>
#include <limits>

namespace sporkle::runtime {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// How much slower than the best a candidate must be to leave after so many samples, the first one included.
// Other work on the machine can only make a call longer, so early on the shortest samples are compared.
struct DropRule {
    std::size_t samples;
    double factor;
};
constexpr DropRule drop_rules[] = {{3, 3.0}, {4, 1.5}};

/// After the very first sample, which pays for cold caches and page faults, only what is far behind leaves,
/// and only where another call would cost the caller noticeably.
constexpr double far_behind = 8.0, noticeable_seconds = 10e-3;

/// Later the medians count, unless the shortest samples say that the machine was to blame.
constexpr std::size_t samples_for_median = 5;
constexpr double slower_by_median = 1.2, slower_by_minimum = 1.05;

/// A runner-up that is slower by more than this needs no confirmation.
constexpr double clear_lead = 1.1;

}  // namespace

Tuner::Tuner(std::size_t candidates, bool thorough) : candidates_(candidates), thorough_(thorough) {
    advance();
}

void Tuner::exclude(std::size_t candidate) {
    candidates_[candidate].excluded = true;
    if (decision_ == candidate) decision_.reset();
    if (std::none_of(candidates_.begin(), candidates_.end(), [](const Candidate& c) { return c.live(); })) {
        for (Candidate& c : candidates_) c.dropped = false;
        confirming_ = false;
    }
    advance();
}

void Tuner::include(std::size_t candidate) {
    candidates_[candidate].excluded = false;
    advance();
}

void Tuner::drop(std::size_t candidate) {
    candidates_[candidate].dropped = true;
    advance();
}

std::optional<std::size_t> Tuner::next() {
    if (decision_) return std::nullopt;
    std::optional<std::size_t> best;
    std::size_t fewest = 0;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const Candidate& candidate = candidates_[c];
        if (!candidate.live()) continue;
        const std::size_t taken = (confirming_ ? candidate.confirmations.size() : candidate.samples.size()) +
                                  static_cast<std::size_t>(candidate.under_way);
        if (!best || taken < fewest) {
            best = c;
            fewest = taken;
        }
    }
    if (best) ++candidates_[*best].under_way;
    return best;
}

void Tuner::record(std::size_t candidate, double seconds) {
    Candidate& c = candidates_[candidate];
    c.samples.push_back(seconds);
    if (confirming_ && c.live()) c.confirmations.push_back(seconds);
    if (c.under_way > 0) --c.under_way;
    advance();
}

double Tuner::median(std::vector<double> samples) {
    if (samples.empty()) return infinity;
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    if (samples.size() % 2 == 1) return *middle;
    return (*middle + *std::max_element(samples.begin(), middle)) / 2;
}

double Tuner::minimum(const std::vector<double>& samples) {
    return samples.empty() ? infinity : *std::min_element(samples.begin(), samples.end());
}

/// All but the first.
std::vector<double> Tuner::counted(const Candidate& candidate) {
    if (candidate.samples.empty()) return {};
    return {candidate.samples.begin() + 1, candidate.samples.end()};
}

double Tuner::best_median() const {
    double best = infinity;
    for (const Candidate& candidate : candidates_)
        if (candidate.live()) best = std::min(best, median(counted(candidate)));
    return best;
}

/// Samples that count for each candidate: more where a call is so short that the clock's own time shows.
int Tuner::rounds() const {
    const double best = best_median();
    const int rounds = best < 2e-6 ? 32 : best < 100e-6 ? 12 : 6;
    return thorough_ ? 2 * rounds : rounds;
}

bool Tuner::is_slow(const Candidate& candidate, double best_minimum, double best_median) {
    const std::size_t count = candidate.samples.size();
    const double least = minimum(candidate.samples);
    if (count == 1) return least > far_behind * best_minimum && least > noticeable_seconds;
    for (const DropRule& rule : drop_rules)
        if (count >= rule.samples && least > rule.factor * best_minimum) return true;
    return count >= samples_for_median && median(counted(candidate)) > slower_by_median * best_median &&
           least > slower_by_minimum * best_minimum;
}

void Tuner::drop_slow() {
    double best_minimum = infinity;
    for (const Candidate& candidate : candidates_)
        if (candidate.live()) best_minimum = std::min(best_minimum, minimum(candidate.samples));
    const double best = best_median();
    for (Candidate& candidate : candidates_)
        if (candidate.live() && !candidate.samples.empty() && is_slow(candidate, best_minimum, best))
            candidate.dropped = true;
}

void Tuner::advance() {
    if (decision_) return;
    if (!confirming_) drop_slow();
    std::vector<std::size_t> live;
    for (std::size_t c = 0; c < candidates_.size(); ++c)
        if (candidates_[c].live()) live.push_back(c);
    if (live.empty()) return;
    if (live.size() == 1) {
        if (!candidates_[live.front()].samples.empty()) decision_ = live.front();
        return;
    }
    const auto wanted = static_cast<std::size_t>(rounds());
    if (!confirming_) {
        for (const std::size_t c : live)
            if (counted(candidates_[c]).size() < wanted) return;
        std::sort(live.begin(), live.end(), [&](std::size_t a, std::size_t b) {
            return median(counted(candidates_[a])) < median(counted(candidates_[b]));
        });
        for (std::size_t rank = 2; rank < live.size(); ++rank) candidates_[live[rank]].dropped = true;
        if (median(counted(candidates_[live[1]])) > clear_lead * median(counted(candidates_[live[0]]))) {
            candidates_[live[1]].dropped = true;
            decision_ = live[0];
        }
        confirming_ = true;
        return;
    }
    for (const std::size_t c : live)
        if (candidates_[c].confirmations.size() < wanted) return;
    const std::size_t faster =
        median(candidates_[live[1]].confirmations) < median(candidates_[live[0]].confirmations) ? 1 : 0;
    candidates_[live[1 - faster]].dropped = true;
    decision_ = live[faster];
}

Tuner::Summary Tuner::summary(std::size_t candidate) const {
    const Candidate& c = candidates_[candidate];
    const std::vector<double>& taken = c.confirmations.empty() ? c.samples : c.confirmations;
    Summary result;
    result.samples = static_cast<int>(c.samples.size());
    result.excluded = c.excluded;
    result.dropped = c.dropped;
    if (!taken.empty()) {
        const std::vector<double> counting = taken.size() > 1 && c.confirmations.empty() ? counted(c) : taken;
        result.median = median(counting);
        result.minimum = *std::min_element(counting.begin(), counting.end());
    }
    return result;
}

}  // namespace sporkle::runtime
