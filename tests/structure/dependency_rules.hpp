// The dependency rules of the tree: dsl ← codegen ← targets/*/emit ← tools; runtime ← targets/*/run ←
// applications; LLVM and SPIRV-Tools in the emitters and tools alone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/structure/include_graph.hpp"

namespace sporkle::testing {

/// One text for each breach: the rule, and the way from the file to what it must not include.
std::vector<std::string> dependency_faults(const IncludeGraph& graph);

/// Entries of the root folder that do not belong there.
std::vector<std::string> stray_entries(const std::filesystem::path& root);

}  // namespace sporkle::testing
