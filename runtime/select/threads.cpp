#include "runtime/select/threads.hpp"

#include <algorithm>

namespace sporkle::runtime {
namespace {

// Starting and joining threads that are awake takes about a microsecond, waking sleepers some twenty.
// Compiled code does between 1 operation per nanosecond (scalar, from memory) and 64 (wide vectors, from
// registers) on one thread.
constexpr double slowest = 1, fastest = 64;                // operations per nanosecond
constexpr double never_below = 2e3, always_above = 100e3;  // nanoseconds of work on one thread

}  // namespace

std::vector<int> thread_counts(double work, std::int64_t tasks, int most) {
    const int all = static_cast<int>(std::min<std::int64_t>(most, tasks));
    if (all <= 1 || work / slowest < never_below) return {1};
    if (work / fastest > always_above) return {all};
    const bool probably_long = work / 8 > 20e3;
    if (probably_long) return {all, 1};
    return {1, all};
}

}  // namespace sporkle::runtime
