// Legalisation: rewrites a kernel so that it uses only what a target has. Every pass keeps the bits: what it
// puts in the place of an operation computes the same value for every input (any NaN for a NaN). A target
// runs the passes it needs between lowering and emission; each is a file of this folder.
//
// Integer division and saturating float-to-integer conversion have no pass: targets have native forms that
// need only a compare and a select.
#pragma once

#include "codegen/ir/tile.hpp"

namespace sporkle::codegen {

/// Replaces `fma` of floating types by exact software (sporkle/math/fma.hpp): f32 in wider arithmetic, f64 in
/// error-free parts. For machines without the instruction (x86-64-v2) and drivers that do not fuse it.
tile::Kernel expand_fma(const tile::Kernel& kernel);

/// Conversions of the 16-bit formats that a target has itself, each rounding once.
struct HalfConversions {
    bool f16_to_f32 = false;
    bool f32_to_f16 = false;
};

/// Replaces conversions from and to f16 and bf16 by integer operations (sporkle/math/convert.hpp) and, where
/// they are native, the ones named in `native`: with F16C, f64 → f16 becomes f64 → f32, rounded to odd, →
/// f16.
tile::Kernel expand_half_conversions(const tile::Kernel& kernel, HalfConversions native);

}  // namespace sporkle::codegen
