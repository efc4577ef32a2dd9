// Bundles for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/bundle/bundle.hpp"

namespace sporkle::command {

/// "ceil(m*n/16384)": with the names that the kernel's author chose.
std::string to_text(const bundle::Formula& formula, const Program& program);
/// "stride of A[1] is 1"
std::string to_text(const bundle::Precondition& precondition, const Program& program);
/// 32 hexadecimal digits.
std::string to_text(const Hash& hash);
/// Bytes of machine code of all dispatches.
std::uint64_t code_bytes(const bundle::Variant& variant);

nlohmann::ordered_json to_json(const bundle::Bundle& bundle);

}  // namespace sporkle::command
