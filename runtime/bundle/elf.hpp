// The sections of an ELF object, found without trusting a byte of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sporkle::bundle {

struct Section {
    std::string_view name;
    std::span<const std::byte> bytes;
};

/// The sections of an ELF64 little-endian object (relocatable, shared or executable) that have one of
/// `names`. All views point into `file`. Throws Error(invalid_bundle), with a message that begins with
/// `origin`, when the file is no such object or is cut short, when such a section occupies no bytes of the
/// file, is compressed, or occurs twice.
std::vector<Section> find_sections(std::span<const std::byte> file, std::span<const std::string_view> names,
                                   const std::string& origin);

}  // namespace sporkle::bundle
