// The variants of a kernel with what was found out about each, as text.
#pragma once

#include <string>
#include <vector>

#include "tools/benchmark/gpu/subject/chosen.hpp"
#include "tools/benchmark/report/row.hpp"

namespace sporkle::bench {

/// Fastest first, one in a line: value in the row's unit, times, time to load, schedule. Those without times
/// come last, with the reason.
std::string to_list(const std::string& title, const Unit& unit, const std::vector<VariantResult>& variants);

/// "12 of 14 variants ran, loaded in 3.1 s"
std::string to_summary(const std::vector<VariantResult>& variants);

}  // namespace sporkle::bench
