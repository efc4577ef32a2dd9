#include "tools/benchmark/measure/rounds.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {
namespace {

double time_of(const Contender& contender, long repetitions) {
    if (contender.timed) return contender.timed(repetitions) / static_cast<double>(repetitions);
    const double start = now();
    contender.run(repetitions);
    return (now() - start) / static_cast<double>(repetitions);
}

/// Repetitions that take about `batch_seconds`, found while warming up.
long calibrate(const Contender& contender, double batch_seconds) {
    time_of(contender, 1);
    long repetitions = 1;
    for (;;) {
        const double batch = time_of(contender, repetitions) * static_cast<double>(repetitions);
        if (batch >= batch_seconds / 2) {
            const double wanted = static_cast<double>(repetitions) * batch_seconds / batch;
            return std::max(1L, std::lround(wanted));
        }
        repetitions *= batch < batch_seconds / 16 ? 8 : 2;
    }
}

void settle(double seconds) {
    if (seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// The kept samples of one contender while a row is being measured.
struct Samples {
    std::map<int, double> seconds, limits;  // by round
};

Timing timing_of(const Contender& contender, const Samples& samples) {
    Timing timing;
    timing.name = contender.name;
    timing.comparable = contender.comparable;
    timing.round_times = samples.seconds;
    std::vector<double> seconds, ratios;
    for (const auto& [round, value] : samples.seconds) {
        seconds.push_back(value);
        if (const auto limit = samples.limits.find(round); limit != samples.limits.end())
            ratios.push_back(limit->second / value);
    }
    timing.seconds = summarise(seconds);
    timing.of_limit = summarise(ratios);
    return timing;
}

}  // namespace

Measurement measure(const Contenders& contenders, const Limit& limit, const RoundOptions& options) {
    std::vector<long> repetitions;
    for (const Contender& contender : contenders)
        repetitions.push_back(calibrate(contender, options.batch_seconds));

    double best_limit = HUGE_VAL;
    if (limit)
        for (int i = 0; i < 5; ++i) best_limit = std::min(best_limit, limit());

    Measurement result;
    std::vector<Samples> samples(contenders.size());
    std::vector<double> limits;
    const auto take = [&](std::size_t which, int round) {
        settle(options.settle_seconds);
        const double before = limit ? limit() : 0;
        const double seconds = time_of(contenders[which], repetitions[which]);
        if (limit) {
            settle(options.settle_seconds);
            const double after = limit();
            best_limit = std::min({best_limit, before, after});
            if (std::max(before, after) > options.tolerance * best_limit) {
                ++result.dropped;
                return;
            }
            samples[which].limits[round] = (before + after) / 2;
            limits.push_back((before + after) / 2);
        }
        samples[which].seconds[round] = seconds;
    };

    for (int attempt = 0; attempt < options.attempts; ++attempt)
        for (int round = 0; round < options.rounds; ++round)
            for (std::size_t i = 0; i < contenders.size(); ++i) {
                const std::size_t which =
                    (i + static_cast<std::size_t>(round) + static_cast<std::size_t>(attempt)) %
                    contenders.size();
                if (!samples[which].seconds.contains(round)) take(which, round);
            }

    for (std::size_t i = 0; i < contenders.size(); ++i) {
        result.timings.push_back(timing_of(contenders[i], samples[i]));
        result.disturbed |= 2 * result.timings.back().seconds.count < options.rounds;
    }
    result.limit_seconds = summarise(limits);
    return result;
}

double speedup(const Timing& a, const Timing& b) {
    std::vector<double> ratios;
    for (const auto& [round, seconds] : a.round_times)
        if (const auto other = b.round_times.find(round); other != b.round_times.end())
            ratios.push_back(other->second / seconds);
    return summarise(ratios).median;
}

}  // namespace sporkle::bench
