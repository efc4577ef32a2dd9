// Adapts a module to a device before the driver's compiler sees it.
//
// The emitter writes every module for a device that does everything exactly: plain Fma, OpFDiv, Sqrt,
// comparisons, conversions and subgroup shuffles, all float controls of DESIGN section 3, and beside them a
// repair function for each of these operations that the kernel uses, which nothing calls. Where a device
// falls short, its driver has the operations replaced by calls of their repair. So a device that is exact
// runs code without a trace of repairs, and none depends on how well a compiler folds specialisation
// constants.
//
// Conventions of modules: all arithmetic is on scalars; a repair function is known by its OpName and takes
// its operands in order:
//
//   "repair.fma.f32", "repair.fma.f64"                     for an Fma that rounds twice
//   "repair.flushed_fma.f32"                               for one that only flushes subnormals (below)
//   "repair.div.f32", "repair.div.f64", "repair.sqrt.f32", "repair.sqrt.f64"
//   "repair.div.i64"                                       OpSDiv whose result is defined
//   "repair.convert.f64"                                   OpFConvert from f32
//   "repair.less.f32", "repair.less_equal.f32", "repair.greater.f32", "repair.greater_equal.f32",
//   "repair.equal.f32", "repair.not_equal.f32"             the first five false for a NaN, the last one true
//   "repair.sign.f32"                                      bits of a number → bits with the other sign
//
// A repair of division or square root uses the inexact operation itself as its first guess; whatever else a
// repair does inexactly is repaired in turn. Those that hide operands are told of in hidden_operands.hpp.
//
// Flushing is to take subnormal operands as zeros of their sign and to give such zeros for subnormal results.
// An Fma or a comparison of f32 that is decorated UserSemantic "flush-safe" is right on devices that only
// flush and stays as it is there, unless a comparison chooses between its operands: drivers make of that a
// minimum or maximum, which may flush its result. That is no harm where the selection is decorated, too. Two
// specialisation constants without a SpecId are for this file alone, which makes constants of them:
// "fact.flushes" is true for such devices; "fact.sign" is the sign's bit of f32, with which OpBitwiseXor
// negates.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sporkle::spirv {

inline constexpr char flush_safe[] = "flush-safe";
inline constexpr char fact_flushes[] = "fact.flushes";
inline constexpr char fact_sign[] = "fact.sign";

/// Float controls that a device grants for one width (VkPhysicalDeviceFloatControlsProperties). What it does
/// not grant is no longer asked for; whether it keeps the rule all the same is for the probe to find out.
struct FloatControls {
    bool denorm_preserve = true;
    bool rounding_mode_rte = true;
    bool signed_zero_inf_nan_preserve = true;
};

/// What an operation's results are worth.
enum class Exactness {
    exact,    ///< rounded once
    flushes,  ///< rounded once but for flushing
    inexact
};

/// What a device does with a module, as its properties tell and the probe has found.
struct DeviceFacts {
    Exactness fma_f32 = Exactness::exact;
    bool fused_fma_f64 = true;                                  ///< Fma rounds once
    bool exact_division_f32 = true, exact_division_f64 = true;  ///< OpFDiv rounds correctly
    bool exact_division_i64 = true;  ///< and whatever a compiler makes of several such
    bool exact_sqrt_f32 = true, exact_sqrt_f64 = true;
    // Where these are false, they flush.
    bool exact_comparison_f32 = true;  ///< and what is selected by one
    bool exact_widening = true;        ///< of f32 to f64
    bool exact_sign_f32 = true;        ///< of what is negated
    bool exact_folding = true;         ///< arithmetic is right, too, where the driver knows an operand
    bool subgroup_shuffle = true;  ///< else SpecId::subgroup_size must be 1, and shuffles leave the module
    FloatControls f16, f32, f64;
    /// Words of the parameter block that are pushed with PushConstants, as many as it has, if it has fewer.
    std::uint32_t pushed_words = 0;
};

/// The module for a device. What the kernel does not need then (repairs, their types and the capabilities
/// these need, such as Float64 for the repair of a single-precision Fma) is left out; loops that need long
/// ones are no longer to be unrolled. Throws Error(invalid_bundle) when the words are no SPIR-V module, or
/// the device needs a repair that the module lacks.
std::vector<std::uint32_t> adapted(std::span<const std::uint32_t> module, const DeviceFacts& device);

}  // namespace sporkle::spirv
