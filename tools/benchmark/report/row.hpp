// Results of a row, ready to be shown.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/benchmark/measure/rounds.hpp"

namespace sporkle::bench {

/// How seconds become the number that people compare.
struct Unit {
    std::string name;  ///< "GFLOP/s", "GB/s", "ns/element", "ns", "s", "MB"
    bool higher_is_better = false;
    double scale = 1;  ///< rates: value = scale / seconds; else value = scale · seconds

    double value(double seconds) const { return higher_is_better ? scale / seconds : scale * seconds; }
    static Unit gflops(double flops) { return {"GFLOP/s", true, flops * 1e-9}; }
    static Unit gbytes(double bytes) { return {"GB/s", true, bytes * 1e-9}; }
    static Unit ns_per_element(double elements) { return {"ns/element", false, 1e9 / elements}; }
    static Unit tflops(double flops) { return {"TFLOP/s", true, flops * 1e-12}; }
    static Unit nanoseconds() { return {"ns", false, 1e9}; }
    /// Per one of `count` equal pieces of work.
    static Unit microseconds(double count = 1) { return {"us", false, 1e6 / count}; }
    static Unit milliseconds() { return {"ms", false, 1e3}; }
    static Unit seconds() { return {"s", false, 1}; }
    /// Not a time: `Timing::seconds` holds megabytes.
    static Unit megabytes() { return {"MB", false, 1}; }
};

/// What we promise of a row.
struct Bar {
    enum class Kind {
        share_of_limit,
        share_of_peer,  ///< our speed over that of the best comparable peer
        at_most,
        at_least
    } kind;
    double value;  ///< a share (0.7), or a value in the row's unit
};

/// Whether a row has figures, and why not.
enum class Outcome {
    measured,
    failed,  ///< our result is wrong, or the work could not be done
    absent   ///< this build or machine has nothing that could do the work
};

struct Entry {
    std::string name;
    bool comparable = true;
    double median = 0, minimum = 0, maximum = 0;  ///< in the row's unit
    double of_limit = 0;                          ///< median of the rounds' ratios; 0 without a limit
    double ours_faster = 0;  ///< how many times faster we are, median of the rounds' ratios
};

struct Row {
    std::string group, name, unit, limit_name;
    bool higher_is_better = false;
    int threads = 1, rounds = 0, dropped = 0;
    bool disturbed = false;
    std::vector<Entry> entries;   ///< ours first; none unless measured
    std::optional<double> limit;  ///< in the row's unit
    std::optional<Bar> bar;
    Outcome outcome = Outcome::measured;
    std::string reason;                                      ///< of a failed or absent row
    std::vector<std::pair<std::string, std::string>> facts;  ///< what else is known: variant, clocks, checks

    const Entry& ours() const { return entries.front(); }
    /// The best comparable peer, or null.
    const Entry* peer() const;
    /// Whether the promise holds; nothing where there is none, or nothing to judge it by.
    std::optional<bool> bar_holds() const;
};

Row make_row(const std::string& group, const std::string& name, int threads, const Unit& unit,
             const std::string& limit_name, const Measurement& measurement);

}  // namespace sporkle::bench
