// Machine code and SPIR-V as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sporkle::command {

/// The text of one module, with names in the place of ids. Throws Error(invalid_bundle) where it is none.
std::string disassemble_spirv(std::span<const std::byte> module);

/// One instruction a line: its address (counted from `address`), its bytes and its text. Bytes that are no
/// instruction are shown as such. Throws Error(unsupported) for a target that this build cannot disassemble.
std::string disassemble(const std::string& target, const std::string& architecture,
                        std::span<const std::byte> code, std::uint64_t address);

}  // namespace sporkle::command
