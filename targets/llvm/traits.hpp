// What the translation to LLVM IR must know of a machine.
#pragma once

#include <string>

namespace sporkle::llvm_ir {

struct Traits {
    std::string architecture;  ///< for messages: "x86-64-v3"
    bool has_half_conversions =
        false;  ///< between f16 and f32 by instructions; else they are expanded before
    /// A vector is one register and most operations take one instruction for all lanes. On GPUs a thread's
    /// vectors are several registers.
    bool has_vector_registers = true;
};

}  // namespace sporkle::llvm_ir
