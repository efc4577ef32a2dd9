// The few instructions by which a linked bundle makes itself known to the runtime, where there is one.
#pragma once

#include "codegen/bundle/elf_object.hpp"

namespace sporkle::codegen {

/// Adds a function that calls `callee(&anchor)` unless the weak symbol `callee` is null, and an entry for it
/// in `array_section`, ".init_array" or ".fini_array".
void add_registration(ElfObject& object, const std::string& function_name, const std::string& callee,
                      ElfObject::Symbol anchor, const std::string& array_section);

}  // namespace sporkle::codegen
