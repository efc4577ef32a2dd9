// NOP: words that the command processor skips. Buffers for it are padded to a multiple of eight words.
//
// Sources: Linux amdgpu_ring.c (insert_nop), gfx_v9_0.c (align_mask, nop); amdgpu_drm.h (ib_size_alignment).
#pragma once

#include "targets/amdgpu/pm4/packets/header.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::amdgpu::pm4 {

/// Words that a submitted buffer's length is a multiple of, and the most that it may have.
inline constexpr std::size_t ib_alignment = 8, ib_limit = 0xFFFFF;

constexpr std::size_t padded(std::size_t words) {
    return (words + ib_alignment - 1) / ib_alignment * ib_alignment;
}
inline void pad(Stream& stream) { stream.resize(padded(stream.size()), nop_word); }

}  // namespace sporkle::amdgpu::pm4
