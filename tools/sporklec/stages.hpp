// Stages of compilation as text, for people.
#pragma once

#include <ostream>
#include <vector>

#include "tools/sporklec/options.hpp"

namespace sporkle::compiler {

/// Writes the stage that `options` names, for every selected kernel, destination and schedule. Throws
/// Error(unsupported) where these have no variants.
void print_stage(const std::vector<Program>& programs, const Options& options, std::ostream& out);

}  // namespace sporkle::compiler
