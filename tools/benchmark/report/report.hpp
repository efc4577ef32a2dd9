// The three forms in which a run is shown.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/benchmark/report/machine.hpp"
#include "tools/benchmark/report/row.hpp"

namespace sporkle::bench {

struct RunInfo {
    MachineInfo machine;
    std::string fma_level;                                      ///< whose multiply-add loop is the FMA peak
    std::vector<std::pair<std::string, std::string>> device;    ///< what there is to know of a GPU
    std::vector<std::pair<std::string, std::string>> versions;  ///< library, version
    std::vector<std::string> notes;
};

/// A table for people, with the promises and whether they hold.
std::string to_table(const RunInfo& info, const std::vector<Row>& rows);

/// {"machine": …, "versions": …, "rows": [{"name", "threads", "unit", "ours", "peer", "peer_name", "limit",
/// "limit_name", "median", "minimum", "maximum", …}]}: ours is the median; peer, limit and what depends on
/// them are null where there is none. A row that could not be measured has no figures: "outcome" and "reason"
/// say why.
std::string to_json(const RunInfo& info, const std::vector<Row>& rows);

/// One plot: bars for every contender of every row with a limit, as a share of the limit, which is the top
/// line. Empty when no row has a limit.
std::string to_svg(const std::string& title, const std::vector<Row>& rows);

}  // namespace sporkle::bench
