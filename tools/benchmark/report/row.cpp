#include "tools/benchmark/report/row.hpp"

#include <algorithm>

namespace sporkle::bench {

const Entry* Row::peer() const {
    const Entry* best = nullptr;
    for (std::size_t i = 1; i < entries.size(); ++i) {
        const Entry& one = entries[i];
        if (!one.comparable) continue;
        if (best == nullptr || (higher_is_better ? one.median > best->median : one.median < best->median))
            best = &one;
    }
    return best;
}

std::optional<bool> Row::bar_holds() const {
    if (!bar || entries.empty()) return std::nullopt;
    switch (bar->kind) {
        case Bar::Kind::share_of_limit:
            return limit ? std::optional(ours().of_limit >= bar->value) : std::nullopt;
        case Bar::Kind::share_of_peer:
            return peer() != nullptr ? std::optional(peer()->ours_faster >= bar->value) : std::nullopt;
        case Bar::Kind::at_most:
            return ours().median <= bar->value;
        case Bar::Kind::at_least:
            return ours().median >= bar->value;
    }
    return std::nullopt;
}

Row make_row(const std::string& group, const std::string& name, int threads, const Unit& unit,
             const std::string& limit_name, const Measurement& measurement) {
    Row row;
    row.group = group;
    row.name = name;
    row.threads = threads;
    row.unit = unit.name;
    row.higher_is_better = unit.higher_is_better;
    row.limit_name = limit_name;
    row.dropped = measurement.dropped;
    row.disturbed = measurement.disturbed;
    for (const Timing& timing : measurement.timings) {
        if (timing.seconds.count == 0) {
            row.disturbed = true;
            continue;
        }
        Entry entry;
        entry.name = timing.name;
        entry.comparable = timing.comparable;
        entry.median = unit.value(timing.seconds.median);
        entry.minimum = unit.value(unit.higher_is_better ? timing.seconds.maximum : timing.seconds.minimum);
        entry.maximum = unit.value(unit.higher_is_better ? timing.seconds.minimum : timing.seconds.maximum);
        entry.of_limit = timing.of_limit.median;
        entry.ours_faster = speedup(measurement.timings.front(), timing);
        row.entries.push_back(entry);
    }
    if (!measurement.timings.empty()) row.rounds = measurement.timings.front().seconds.count;
    if (measurement.limit_seconds.count > 0) row.limit = unit.value(measurement.limit_seconds.median);
    return row;
}

}  // namespace sporkle::bench
