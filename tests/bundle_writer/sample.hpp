// Compiled kernels small enough to look at, for the tests of the bundle writer.
#pragma once

#include <string>
#include <vector>

#include "codegen/bundle/writer.hpp"

namespace sporkle::test {

/// y(i) = x(i) + x(i).
Program doubling(const std::string& name);

/// The Program with code that doubles `n` elements, for two levels, one of them in two variants. One variant
/// has preconditions and scratch, so that everything a manifest can hold occurs.
codegen::CompiledKernel compiled_doubling(const std::string& name);

/// A kernel whose code is no machine code of the host.
codegen::CompiledKernel foreign_kernel(const std::string& name);

}  // namespace sporkle::test
