// For drivers whose compilers forget IEEE arithmetic where they know an operand. Mesa's lavapipe takes 0 · x
// for 0 though x may be NaN or negative, and x + 0 for x, whatever the float controls say, and it comes to
// know operands in many ways: constants, conversions of loop counters and of indices of extent 1, loops that
// it unrolls, selections whose condition it knows, functions that it inlines. Another might take x - x for 0.
// On such a device no operand of arithmetic may be known, so each passes a function of the module that gives
// it back unchanged, in a way that no compiler sees through:
//
//   "repair.operand.f32", "repair.operand.f64"
//   "repair.subtrahend.f32", "repair.subtrahend.f64"     another way, so that the sides of x - x differ
//
// Mesa 22.3 also takes i64(x) > c, where x has 32 bits and a sign and c is a constant that fits them, for
// true (and so i64(x) < c for false), as well as where it makes such a comparison of one of floats. So
// integers extended by their sign pass one, too:
//
//   "repair.extended.i64"
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sporkle::spirv {

/// The module with hidden operands, those of other repairs among them, and hidden extensions. Left as they
/// are: finite constants other than 0, and what is certainly not known: results of arithmetic with an operand
/// that is not, and what loops carry, whose parts are hidden where they enter; and repairs, which compute
/// with finite numbers and do not look at the signs of their inner zeros. A module without these functions is
/// given back as it is.
std::vector<std::uint32_t> with_hidden_operands(std::span<const std::uint32_t> module);

}  // namespace sporkle::spirv
