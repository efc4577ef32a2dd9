// Compiled kernels → the bytes of a bundle's object file, as runtime/bundle/format.hpp lays them out.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "codegen/target.hpp"
#include "codegen/variant.hpp"

namespace sporkle::codegen {

/// The variants of one kernel for one architecture, best guess first, and their code. They become one blob.
struct CompiledVariants {
    std::vector<Variant> variants;  ///< at least one; all for the same Machine
    Code code;                      ///< entries for each of them
};

struct CompiledKernel {
    Program program;
    std::vector<CompiledVariants> parts;
};

/// An object file that defines `sporkle_bundle_<name>`, the bundle's Anchor, so that it can be asked for by
/// name when it lies in an archive. The same input gives the same bytes. Throws Error(invalid_argument) for a
/// name that is no C identifier or kernels that occur twice.
std::vector<std::byte> write_bundle(const std::string& name, std::span<const CompiledKernel> kernels);

}  // namespace sporkle::codegen
