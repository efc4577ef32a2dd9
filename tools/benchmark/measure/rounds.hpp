// Timing contenders against each other and against a limit on a shared, noisy machine.
//
// Contenders alternate within a round, in an order that rotates from round to round. Each sample is framed by
// two samples of the limit (FMA peak, copy bandwidth), milliseconds away. A sample whose limit is far below
// the best seen was disturbed by a neighbour on the same core: it is dropped and taken again, never averaged.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/benchmark/measure/contender.hpp"
#include "tools/benchmark/measure/statistics.hpp"

namespace sporkle::bench {

/// The least time that one execution of the work could take, measured now, in seconds.
using Limit = std::function<double()>;

struct RoundOptions {
    int rounds = 15;
    double batch_seconds = 3e-3;  ///< a sample repeats the work until it takes about this long
    double settle_seconds = 0;    ///< pause before each sample, for other libraries' threads to fall asleep
    /// A sample is kept when its limit is at most this many times the best limit of the row …
    double tolerance = 1.2;
    /// … and this many attempts per wanted sample are made.
    int attempts = 4;
};

struct Timing {
    std::string name;
    bool comparable = true;
    Summary seconds;                    ///< of one execution
    Summary of_limit;                   ///< limit / time, of the same samples; empty without a limit
    std::map<int, double> round_times;  ///< kept samples by round, for ratios between contenders
};

struct Measurement {
    std::vector<Timing> timings;  ///< in the order of the contenders
    Summary limit_seconds;        ///< empty without a limit
    int dropped = 0;              ///< disturbed samples
    bool disturbed = false;       ///< some contender has fewer than half of the wanted samples
};

/// `limit` may be empty. Every contender is warmed up first. Contenders must not be empty.
Measurement measure(const Contenders& contenders, const Limit& limit, const RoundOptions& options);

/// Median over the rounds that both have of (time of b / time of a): how many times faster a is. 0 where they
/// share no round.
double speedup(const Timing& a, const Timing& b);

}  // namespace sporkle::bench
