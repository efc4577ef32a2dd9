// Fragments of Tile IR as cooperative matrices of a subgroup (SPV_KHR_cooperative_matrix) or of a workgroup
// (SPV_NV_cooperative_matrix2), their types and constants. A module that has any declares the extension and
// the Vulkan memory model, which it asks for.
#pragma once

#include "codegen/ir/tile.hpp"
#include "targets/spirv/emit/types.hpp"

namespace sporkle::spirv {

/// Whether a kernel holds fragments.
bool has_fragments(const tile::Kernel& kernel);
/// Who holds a kernel's fragments together. Throws Error(unsupported) where that is neither a subgroup nor
/// the workgroup.
spv::Scope fragment_scope(const tile::Kernel& kernel);
/// Whether a module holds cooperative matrices, which SPIRV-Tools of Debian 12 do not know.
bool has_matrices(std::span<const std::uint32_t> module);

/// The type of a fragment. Throws Error(unsupported) for elements other than f16, bf16, f32, i8, u8 and i32.
Id fragment_type(Module& module, Types& types, tile::Type type);
/// The fragment whose elements all have these bits.
Id fragment_constant(Module& module, Types& types, tile::Type type, std::uint64_t bits);

}  // namespace sporkle::spirv
