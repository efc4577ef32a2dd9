// Tile IR → LLVM IR: one kernel becomes one function with the calling convention of
// runtime/bundle/entry_point.hpp.
#pragma once

#include <string>

#include <llvm/IR/Module.h>

#include "codegen/ir/tile.hpp"
#include "targets/x86/emit/level.hpp"

namespace sporkle::x86 {

/// Bytes of private and shared buffers that one task may keep on the stack.
inline constexpr std::int64_t largest_frame_bytes = 32 << 10;

/// Adds the function `symbol` to the module. Parameter words from `first_scratch_word` on belong to scratch
/// buffers. Throws Error(unsupported) for private buffers beyond largest_frame_bytes.
llvm::Function* translate(llvm::Module& module, const Level& level, const tile::Kernel& kernel,
                          const std::string& symbol, int first_scratch_word);

}  // namespace sporkle::x86
