// The x86-64 micro-architecture levels of the System V psABI, as code generation sees them.
#pragma once

#include <span>
#include <string>

#include "codegen/machine.hpp"

namespace sporkle::x86 {

/// What the emitter itself must know of a level; everything else LLVM derives from the CPU's name.
struct Level {
    codegen::Machine machine;  ///< its architecture is the level's name and LLVM's -mcpu
    bool has_f16c = false;     ///< conversions between f16 and f32 are instructions
    bool masks_words = false;  ///< masked loads and stores of 4- and 8-byte elements are instructions
    bool masks_bytes = false;  ///< also those of 1- and 2-byte elements
    bool gathers = false;      ///< gather and scatter of 4- and 8-byte elements take masks
};

/// Lowest first.
std::span<const Level> levels();

/// Throws Error(unsupported) for an unknown name.
const Level& level_of(const std::string& architecture);

}  // namespace sporkle::x86
