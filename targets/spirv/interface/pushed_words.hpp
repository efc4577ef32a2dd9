// The first words of the parameter block as push constants.
//
// Modules load the words of the parameter block from memory, at the address that is pushed. Before a
// workgroup can read its first element it thus waits for memory once, which is half of what a tiny kernel
// takes. Devices have room for more push constants than PushConstants, so the driver pushes the block's first
// words behind it, and modules take them from there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sporkle::spirv {

/// The module with loads of the parameter block's first `count` words replaced. A load is known by its form:
/// OpLoad of a 64-bit integer through OpConvertUToPtr of the pushed address plus constants. All other uses of
/// that address stay as they are. A module without such loads, or without PushConstants, is given back as it
/// is.
std::vector<std::uint32_t> with_pushed_words(std::span<const std::uint32_t> module, std::uint32_t count);

}  // namespace sporkle::spirv
