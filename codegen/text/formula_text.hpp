// Formulas with words of the parameter block by name instead of by number.
#pragma once

#include <functional>
#include <string>

#include "codegen/formula.hpp"

namespace sporkle::codegen {

using WordName = std::function<std::string(int word)>;

/// "4*ceil(m*n/64) + 16"
std::string to_text(const Formula& formula, const WordName& name);

}  // namespace sporkle::codegen
