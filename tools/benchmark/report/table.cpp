#include <cstdarg>
#include <cstdio>

#include "tools/benchmark/report/report.hpp"

namespace sporkle::bench {
namespace {

__attribute__((format(printf, 1, 2))) std::string text(const char* format, ...) {
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

std::string percent(double share) { return text("%.0f %%", 100 * share); }

/// Empty for work on a GPU, where threads say nothing.
std::string threads_of(const Row& row) { return row.threads > 0 ? std::to_string(row.threads) : ""; }

std::string to_line(const Row& row) {
    if (row.outcome != Outcome::measured)
        return text("%-38s %2s %s: %s\n", row.name.c_str(), threads_of(row).c_str(),
                    row.outcome == Outcome::failed ? "FAILED" : "absent", row.reason.c_str());
    const Entry& ours = row.ours();
    const Entry* peer = row.peer();
    const std::string ratio = peer ? text("%.2fx", peer->ours_faster) : "";
    return text("%-38s %2s %9.4g %-10s %9.4g … %-9.4g %6s  %-20s %9s %7s %s\n", row.name.c_str(),
                threads_of(row).c_str(), ours.median, row.unit.c_str(), ours.minimum, ours.maximum,
                row.limit ? percent(ours.of_limit).c_str() : "", peer ? peer->name.c_str() : "",
                peer ? text("%.4g", peer->median).c_str() : "", ratio.c_str(),
                row.disturbed ? "disturbed" : "");
}

std::string to_promise(const Row& row) {
    const Bar& bar = *row.bar;
    std::string promised, reached;
    switch (bar.kind) {
        case Bar::Kind::share_of_limit:
            promised = "at least " + percent(bar.value) + " of " +
                       (row.limit_name.empty() ? "the limit" : row.limit_name);
            break;
        case Bar::Kind::share_of_peer:
            promised = "at least " + percent(bar.value) + " of " +
                       (row.peer() != nullptr ? row.peer()->name : "the best peer");
            break;
        case Bar::Kind::at_most:
            promised = text("at most %g %s", bar.value, row.unit.c_str());
            break;
        case Bar::Kind::at_least:
            promised = text("at least %g %s", bar.value, row.unit.c_str());
            break;
    }
    const std::optional<bool> holds = row.bar_holds();
    if (!holds) return text("%-38s %s: not measured\n", row.name.c_str(), promised.c_str());
    if (bar.kind == Bar::Kind::share_of_limit)
        reached = percent(row.ours().of_limit);
    else if (bar.kind == Bar::Kind::share_of_peer)
        reached = percent(row.peer()->ours_faster);
    else
        reached = text("%.3g %s", row.ours().median, row.unit.c_str());
    return text("%-38s %s: %s, %s\n", row.name.c_str(), promised.c_str(), reached.c_str(),
                *holds ? "holds" : "MISSED");
}

}  // namespace

std::string to_table(const RunInfo& info, const std::vector<Row>& rows) {
    std::string all = text("%s, %d cores at %.2f GHz, %s%s%s\n", info.machine.cpu.c_str(), info.machine.cores,
                           info.machine.gigahertz, info.machine.system.c_str(),
                           info.fma_level.empty() ? "" : "; FMA peak at ", info.fma_level.c_str());
    for (const auto& [name, value] : info.device) all += text("%s: %s\n", name.c_str(), value.c_str());
    for (const auto& [name, version] : info.versions) all += text("%s %s\n", name.c_str(), version.c_str());
    std::string promises, group;
    for (const Row& row : rows) {
        if (row.group != group) {
            group = row.group;
            all += text("\n%-38s %2s %9s %-10s %9s … %-9s %6s  %-20s %9s %7s\n", group.c_str(), "th", "ours",
                        "unit", "minimum", "maximum", "limit", "best peer", "peer", "faster");
        }
        all += to_line(row);
        if (row.bar) promises += to_promise(row);
    }
    if (!promises.empty()) all += "\n" + promises;
    for (const std::string& note : info.notes) all += "note: " + note + "\n";
    return all;
}

}  // namespace sporkle::bench
