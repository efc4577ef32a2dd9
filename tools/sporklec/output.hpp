// Files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sporkle::compiler {

/// Writes beside `path` and renames, so that a failure leaves no half a file there. Throws
/// Error(input_output).
void write_output(const std::string& path, std::span<const std::byte> bytes);

}  // namespace sporkle::compiler
