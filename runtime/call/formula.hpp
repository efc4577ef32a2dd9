// Evaluates the formulas of a manifest on a call's parameter block.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/bundle/bundle.hpp"

namespace sporkle::runtime {

/// The formula's value; nothing when a word is negative, or a part or the whole is negative or beyond 63
/// bits. `words` are those before the scratch words.
std::optional<std::int64_t> evaluate(const bundle::Formula& formula, const std::uint64_t* words);

}  // namespace sporkle::runtime
