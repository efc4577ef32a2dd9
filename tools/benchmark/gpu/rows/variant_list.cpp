#include "tools/benchmark/gpu/rows/variant_list.hpp"

#include <algorithm>
#include <cstdio>
#include <tuple>

namespace sporkle::bench {

std::string to_list(const std::string& title, const Unit& unit, const std::vector<VariantResult>& variants) {
    std::vector<const VariantResult*> sorted;
    for (const VariantResult& one : variants) sorted.push_back(&one);
    std::sort(sorted.begin(), sorted.end(), [](const VariantResult* a, const VariantResult* b) {
        const auto key = [](const VariantResult* v) {
            return std::tuple(v->samples == 0, v->samples > 0 ? v->median_seconds : 0.0, v);
        };
        return key(a) < key(b);
    });
    std::string all = title + ": variants\n";
    char line[160];
    for (const VariantResult* variant : sorted) {
        const VariantResult& one = *variant;
        if (one.samples > 0) {
            std::snprintf(line, sizeof line,
                          "%c %10.4g %-10s %10.2f us, at least %10.2f, %3d samples, load %6.3f s  ",
                          one.chosen ? '*' : ' ', unit.value(one.median_seconds), unit.name.c_str(),
                          1e6 * one.median_seconds, 1e6 * one.minimum_seconds, one.samples, one.load_seconds);
            all += line + one.name + "  " + one.text + "\n";
        } else {
            all += "  " + one.name + ": " + (one.problem.empty() ? "not run" : one.problem) + "\n";
        }
    }
    return all;
}

std::string to_summary(const std::vector<VariantResult>& variants) {
    std::size_t ran = 0;
    double seconds = 0;
    for (const VariantResult& one : variants) {
        ran += one.samples > 0;
        seconds += one.load_seconds;
    }
    char text[96];
    std::snprintf(text, sizeof text, "%zu of %zu ran, %.2f s of loading in all threads", ran, variants.size(),
                  seconds);
    return text;
}

}  // namespace sporkle::bench
