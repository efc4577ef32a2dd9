// Something that can be timed: one implementation of the work of a row.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sporkle::bench {

struct Contender {
    std::string name;
    std::function<void(long)> run;  ///< does the whole work so many times
    /// False for a contender that solves an easier problem (reassociated, lower accuracy): it is shown, but
    /// it is not the peer that we are compared with.
    bool comparable = true;
    /// Where set, takes the place of `run`: does the work so many times and returns the seconds that all of
    /// it took by a clock of its own, such as a GPU's.
    std::function<double(long)> timed = {};
};

using Contenders = std::vector<Contender>;

/// The loop over repetitions is compiled together with the call, so that calls of a few nanoseconds can be
/// timed.
template <class Call>
Contender contender(std::string name, Call call) {
    return {std::move(name),
            [call = std::move(call)](long times) mutable {
                for (long i = 0; i < times; ++i) call();
            },
            true,
            {}};
}

}  // namespace sporkle::bench
