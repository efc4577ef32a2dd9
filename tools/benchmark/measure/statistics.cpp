#include "tools/benchmark/measure/statistics.hpp"

#include <algorithm>

namespace sporkle::bench {

Summary summarise(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    const double median = values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
    return {median, values.front(), values.back(), static_cast<int>(values.size())};
}

}  // namespace sporkle::bench
