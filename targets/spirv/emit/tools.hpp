// SPIRV-Tools: validation, optimisation and disassembly of finished modules.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "targets/spirv/emit/module.hpp"

namespace sporkle::spirv {

/// An empty string, or what spirv-val for Vulkan 1.2 has to say.
std::string validate(std::span<const std::uint32_t> module);

/// A smaller module that computes the same bits: equal expressions shared, constants that nothing uses left
/// out, ids renumbered. Passes that remove dead code would remove the repairs. Throws Error(invalid_program)
/// where SPIRV-Tools refuses it.
Words optimized(const Words& module);

/// The text of spirv-dis, with names and indentation. For modules with cooperative matrices a remark instead:
/// the SPIRV-Tools of Debian 12 do not know them.
std::string disassemble(std::span<const std::uint32_t> module);

}  // namespace sporkle::spirv
