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

std::string to_line(const Row& row) {
    const Entry& ours = row.ours();
    const Entry* peer = row.peer();
    const std::string ratio = peer ? text("%.2fx", peer->ours_faster) : "";
    return text("%-38s %2d %9.4g %-10s %9.4g … %-9.4g %6s  %-20s %9s %7s %s\n", row.name.c_str(), row.threads,
                ours.median, row.unit.c_str(), ours.minimum, ours.maximum,
                row.limit ? percent(ours.of_limit).c_str() : "", peer ? peer->name.c_str() : "",
                peer ? text("%.4g", peer->median).c_str() : "", ratio.c_str(),
                row.disturbed ? "disturbed" : "");
}

std::string to_promise(const Row& row) {
    const bool share = row.bar->kind == Bar::Kind::share_of_limit;
    const std::string promised = share ? "at least " + percent(row.bar->value) + " of " + row.limit_name
                                       : text("at most %g %s", row.bar->value, row.unit.c_str());
    const std::string reached =
        share ? percent(row.ours().of_limit) : text("%.3g %s", row.ours().median, row.unit.c_str());
    return text("%-38s %s: %s, %s\n", row.name.c_str(), promised.c_str(), reached.c_str(),
                *row.bar_holds() ? "holds" : "MISSED");
}

}  // namespace

std::string to_table(const RunInfo& info, const std::vector<Row>& rows) {
    std::string all =
        text("%s, %d cores at %.2f GHz, %s; FMA peak at %s\n", info.machine.cpu.c_str(), info.machine.cores,
             info.machine.gigahertz, info.machine.system.c_str(), info.fma_level.c_str());
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
