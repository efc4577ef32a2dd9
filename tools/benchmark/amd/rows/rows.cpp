#include "tools/benchmark/amd/rows/rows.hpp"

namespace sporkle::bench::amd {

Row plain_row(const std::string& group, const std::string& name, const std::string& unit,
              bool higher_is_better) {
    Row row;
    row.group = group;
    row.name = name;
    row.unit = unit;
    row.higher_is_better = higher_is_better;
    row.threads = 0;
    return row;
}

Entry entry(const std::string& name, double median, double minimum, double maximum) {
    Entry result;
    result.name = name;
    result.median = median;
    result.minimum = minimum;
    result.maximum = maximum;
    return result;
}

Row absent_row(Row row, const std::string& reason) {
    row.outcome = Outcome::absent;
    row.reason = reason;
    row.entries.clear();
    return row;
}

}  // namespace sporkle::bench::amd
