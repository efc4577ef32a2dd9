// Adapts a module to a device before the driver's compiler sees it.
//
// The emitter writes every module for a device that does everything exactly: plain Fma, OpFDiv, Sqrt and
// subgroup shuffles, all float controls of DESIGN section 3, and beside them a repair function for each of
// these operations that the kernel uses, which nothing calls. Where a device falls short, its driver has the
// operations replaced by calls of their repair. So a device that is exact runs code without a trace of
// repairs, and none depends on how well a compiler folds specialisation constants.
//
// Conventions of modules: all arithmetic is on scalars; a repair function is known by its OpName:
// "repair.fma.f32", "repair.fma.f64", "repair.div.f32", "repair.div.f64", "repair.sqrt.f32",
// "repair.sqrt.f64", each taking its operands in order. A repair of division or square root uses the inexact
// operation itself as its first guess, and Fma, which may need a repair of its own. Those that hide operands
// are told of in hidden_operands.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sporkle::spirv {

/// Float controls that a device grants for one width (VkPhysicalDeviceFloatControlsProperties). What it does
/// not grant is no longer asked for; whether it keeps the rule all the same is for the probe to find out.
struct FloatControls {
    bool denorm_preserve = true;
    bool rounding_mode_rte = true;
    bool signed_zero_inf_nan_preserve = true;
};

/// What a device does with a module, as its properties tell and the probe has found.
struct DeviceFacts {
    bool fused_fma_f32 = true, fused_fma_f64 = true;            ///< Fma rounds once
    bool exact_division_f32 = true, exact_division_f64 = true;  ///< OpFDiv rounds correctly
    bool exact_sqrt_f32 = true, exact_sqrt_f64 = true;
    bool exact_folding = true;     ///< arithmetic is right, too, where the driver knows an operand
    bool subgroup_shuffle = true;  ///< else SpecId::subgroup_size must be 1, and shuffles leave the module
    FloatControls f16, f32, f64;
};

/// The module for a device. What the kernel does not need then (repairs, their types and the capabilities
/// these need, such as Float64 for the repair of a single-precision Fma) is left out; where it needs some,
/// its loops are no longer to be unrolled. Throws Error(invalid_bundle) when the words are no SPIR-V module.
std::vector<std::uint32_t> adapted(std::span<const std::uint32_t> module, const DeviceFacts& device);

}  // namespace sporkle::spirv
