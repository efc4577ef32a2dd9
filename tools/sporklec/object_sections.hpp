// Sections of an object file that came from some compiler: nothing in it is trusted.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sporkle::compiler {

/// Contents of all sections of that name, in the file's order (a file may have several when they belong to
/// section groups). Throws Error(input_output), with a message that begins with `origin`, when the bytes are
/// no ELF64 little-endian object, are cut short, or the section is compressed or holds relocations.
std::vector<std::span<const std::byte>> sections_named(std::span<const std::byte> file, std::string_view name,
                                                       const std::string& origin);

}  // namespace sporkle::compiler
