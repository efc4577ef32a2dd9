// What the translation to LLVM IR must know of a machine.
#pragma once

#include <string>

namespace sporkle::llvm_ir {

struct Traits {
    std::string architecture;  ///< for messages: "x86-64-v3"
    bool has_half_conversions =
        false;  ///< between f16 and f32 by instructions; else they are expanded before
    /// The instruction selector makes of a product that is rounded to f16 a multiply-add of +0, which loses
    /// the sign of -0 (LLVM 19 for AMD's chips with v_fma_mixlo_f16). The rounding is kept apart from it
    /// then.
    bool adds_zero_to_rounded_products = false;
    /// A vector is one register and most operations take one instruction for all lanes. On GPUs a thread's
    /// vectors are several registers.
    bool has_vector_registers = true;
    /// Arithmetic of f16: sums, differences and products of halves that are rounded to f16 are computed in
    /// it.
    bool has_half_arithmetic = false;
    /// Copies of a masked access that unrolled loops may hold, 0: any. Where masks lie in scalar registers,
    /// those that an outer loop does not change are all kept there while it runs.
    int most_masks = 0;
};

}  // namespace sporkle::llvm_ir
