// A small linker: lays the text and the constants of a relocatable object out in one blob that needs no
// relocation wherever it is mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sporkle::x86 {

struct Flat {
    struct Function {
        std::uint64_t offset = 0, size = 0;  ///< bytes, in `bytes`
    };
    std::vector<std::byte> bytes;  ///< to be placed at a multiple of 64
    std::map<std::string, Function> functions;
};

/// `object` is an ELF64 object for x86-64. Throws Error(unsupported) that names the symbol or section when it
/// refers to anything outside itself, has writable data, or needs another relocation than a 32-bit one
/// relative to the instruction.
Flat flatten(std::string_view object);

}  // namespace sporkle::x86
