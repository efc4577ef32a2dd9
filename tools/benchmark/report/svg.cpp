// A bar chart as SVG, written by hand: shares of a limit, with the limit as the top line.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "tools/benchmark/report/report.hpp"

namespace sporkle::bench {
namespace {

// Lengths in pixels.
constexpr double bar_width = 14, gap = 22, left = 52, top = 56, height = 260, below = 170;

constexpr std::array colours = {"#1b6ca8", "#e07b39", "#5a9e6f", "#a8558c",
                                "#b8a13a", "#7a7a7a", "#3aa6a6", "#c25b5b"};

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '<')
            safe += "&lt;";
        else if (c == '>')
            safe += "&gt;";
        else if (c == '&')
            safe += "&amp;";
        else if (c == '"')
            safe += "&quot;";
        else
            safe += c;
    }
    return safe;
}

std::string number(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f", value);
    return buffer;
}

std::string label(double x, double y, const std::string& text, const std::string& more = "") {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + more + ">" + escaped(text) +
           "</text>\n";
}

std::string rectangle(double x, double y, double w, double h, const std::string& colour,
                      const std::string& hint) {
    return "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(w) + "\" height=\"" +
           number(h) + "\" fill=\"" + colour + "\"><title>" + escaped(hint) + "</title></rect>\n";
}

std::string line(double x1, double x2, double y, const std::string& colour) {
    return "<line x1=\"" + number(x1) + "\" x2=\"" + number(x2) + "\" y1=\"" + number(y) + "\" y2=\"" +
           number(y) + "\" stroke=\"" + colour + "\"/>\n";
}

}  // namespace

std::string to_svg(const std::string& title, const std::vector<Row>& rows) {
    std::vector<std::string> names;  // contenders, in the order of their colours
    std::vector<const Row*> shown;
    double x = left, highest = 1;
    for (const Row& row : rows) {
        if (!row.limit || row.entries.empty()) continue;
        shown.push_back(&row);
        x += bar_width * double(row.entries.size()) + gap;
        for (const Entry& entry : row.entries) {
            highest = std::max(highest, entry.of_limit);
            if (std::find(names.begin(), names.end(), entry.name) == names.end()) names.push_back(entry.name);
        }
    }
    if (shown.empty()) return {};
    // Above the limit is only what does less work than the limit counts (Winograd, no read for ownership).
    const double full = height / highest, width = std::max(x, left + 120.0 * double(names.size())) + 20;
    const auto y_of = [&](double share) { return top + height - share * full; };

    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
                      number(top + height + below) + "\" font-family=\"sans-serif\" font-size=\"11\">\n" +
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
                      label(left, 18, title + ": share of the limit", "font-size=\"14\"");
    for (std::size_t n = 0; n < names.size(); ++n) {
        svg += rectangle(left + 120.0 * double(n), 28, 10, 10, colours[n % colours.size()], names[n]);
        svg += label(left + 120.0 * double(n) + 14, 37, names[n]);
    }
    for (int percent = 0; percent <= 100; percent += 25) {
        svg += line(left, width - 10, y_of(percent / 100.0), percent == 100 ? "#c00000" : "#dddddd");
        svg +=
            label(left - 6, y_of(percent / 100.0) + 4, std::to_string(percent) + " %", "text-anchor=\"end\"");
    }
    x = left + gap / 2;
    for (const Row* row : shown) {
        const double middle = x + bar_width * double(row->entries.size()) / 2;
        for (const Entry& entry : row->entries) {
            const auto n = std::find(names.begin(), names.end(), entry.name) - names.begin();
            char hint[160];
            std::snprintf(hint, sizeof hint, "%s: %.4g %s, %.0f %% of %s", entry.name.c_str(), entry.median,
                          row->unit.c_str(), 100 * entry.of_limit, row->limit_name.c_str());
            svg += rectangle(x, y_of(entry.of_limit), bar_width - 2, entry.of_limit * full,
                             colours[static_cast<std::size_t>(n) % colours.size()], hint);
            x += bar_width;
        }
        svg += label(middle, top + height + 12,
                     row->name + (row->threads > 1 ? ", " + std::to_string(row->threads) + " threads" : ""),
                     "text-anchor=\"end\" transform=\"rotate(-40 " + number(middle) + " " +
                         number(top + height + 12) + ")\"");
        x += gap;
    }
    return svg + "</svg>\n";
}

}  // namespace sporkle::bench
