// What is measured without running it: kernels' Programs, lowered and compiled here.
#pragma once

#include <string>
#include <vector>

#include "codegen/target.hpp"

namespace sporkle::bench::amd {

/// An emitter of this build. Throws Error(unsupported).
const codegen::EmitTarget& emitter(const std::string& target);

/// The chips that Sporkle emits code for.
std::vector<std::string> chips();

/// All kernels of the benchmarks. With `quick` three of them.
std::vector<Program> measured_programs(bool quick);
const Program& gemm_program();

/// The schedules of the product that keep a tile in registers, best guess first.
std::vector<codegen::Schedule> tile_schedules(const codegen::Machine& machine);
/// Throws Error(invalid_argument).
codegen::Schedule tile_schedule(const codegen::Machine& machine, const std::string& name);

}  // namespace sporkle::bench::amd
