// Repair functions for devices that do not compute exactly (see targets/spirv/interface/adapt.hpp): fma,
// division, square root, conversion and comparisons, whose algorithms are those of sporkle/math, written as
// Tile IR; and the functions that hide operands and signs from compilers.
#pragma once

#include <set>
#include <string>

#include "codegen/ir/tile.hpp"
#include "targets/spirv/emit/arithmetic.hpp"
#include "targets/spirv/emit/dispatch.hpp"

namespace sporkle::spirv {

/// "repair.fma.f32"
std::string name_of(Repair repair);

/// Arithmetic as a kernel: the operands are parameters 0, 1, 2, and the result is stored to element 0 of
/// buffer 0. Divisions and square roots in it are the device's own, good to 20 bits; a flush-safe fma is the
/// device's own that flushes.
tile::Kernel repair_kernel(Repair repair);

/// Adds the functions of these repairs and of those they need in turn, to a module whose kernel has `inputs`.
void add_repairs(Module& module, Types& types, const std::set<Repair>& wanted, DispatchInputs& inputs);

}  // namespace sporkle::spirv
