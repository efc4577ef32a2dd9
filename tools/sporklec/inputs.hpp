// The Programs that object files export.
#pragma once

#include <vector>

#include <sporkle/program.hpp>

#include "tools/sporklec/options.hpp"

namespace sporkle::compiler {

/// The kernels of all inputs that `options` selects, by name and each once: the same kernel exported by two
/// files is one kernel. Throws Error that names the file.
std::vector<Program> read_inputs(const Options& options);

}  // namespace sporkle::compiler
