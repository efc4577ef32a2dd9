// Per-thread Tile IR → a SPIR-V module.
#pragma once

#include "codegen/ir/tile.hpp"
#include "targets/spirv/emit/module.hpp"

namespace sporkle::spirv {

/// The module of one dispatch: SPIR-V 1.5 for Vulkan 1.2, entry point "main". The kernel has passed the
/// verifier, its threads are 1, and it converts neither from nor to f16 and bf16 (legalize.hpp). Throws
/// Error(unsupported) where it has more members than a workgroup may have.
Words translate(const tile::Kernel& kernel);

}  // namespace sporkle::spirv
