// Programs → variants with code, several at a time.
#pragma once

#include <vector>

#include "codegen/bundle/writer.hpp"
#include "tools/sporklec/options.hpp"

namespace sporkle::compiler {

/// The schedules of a Program for a destination that `options` selects; empty when there are none of that
/// name.
std::vector<codegen::Schedule> schedules_of(const Program& program, const Destination& destination,
                                            const Options& options);

/// Lowers, naming kernel, schedule and architecture in what it throws.
codegen::Variant lower_for(const Program& program, const codegen::Schedule& schedule,
                           const Destination& destination);

/// Throws the first Error that a kernel met, in the order of kernels and destinations.
std::vector<codegen::CompiledKernel> compile(const std::vector<Program>& programs, const Options& options);

/// Throws Error(invalid_argument) when --schedule names none of the kernels' schedules.
void check_schedule_name(const std::vector<Program>& programs, const Options& options);

/// Throws Error(unsupported): no selected kernel has a variant to print the wanted stage of.
[[noreturn]] void refuse_nothing(const Options& options);

}  // namespace sporkle::compiler
