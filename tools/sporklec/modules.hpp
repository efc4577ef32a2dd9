// SPIR-V modules as files, for other users of Vulkan.
#pragma once

#include <vector>

#include "tools/sporklec/options.hpp"

namespace sporkle::compiler {

/// The name of the stage that write_modules is: --emit=spv -o FOLDER.
inline constexpr char modules_stage[] = "spv";

/// Writes FOLDER/<kernel>.<schedule>.spirv.spv, one file a dispatch, for every selected kernel and schedule.
/// The folder is made where it is missing. Throws Error(input_output), and Error(unsupported) where there is
/// nothing to write.
void write_modules(const std::vector<Program>& programs, const Options& options);

}  // namespace sporkle::compiler
