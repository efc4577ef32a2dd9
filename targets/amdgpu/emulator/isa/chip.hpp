// The chips whose machine code the emulator executes, and what of their instruction sets differs.
//
// Sources: AMD's instruction set manuals ("Vega" 7nm, "CDNA 2", "CDNA 3", "RDNA 2", "RDNA 3", "RDNA 4") and
// LLVM's AMDGPU usage guide.
#pragma once

#include <span>
#include <string_view>

namespace sporkle::amdgpu::emulator {

enum class Generation { gfx9, gfx10, gfx11, gfx12 };

struct Chip {
    const char* name;  ///< LLVM's processor name: "gfx1100"
    Generation generation;
    int wave_size;               ///< lanes of a wave unless the caller wants the other size
    bool both_wave_sizes;        ///< 32 and 64 lanes
    bool unified_accumulators;   ///< AGPRs take memory operands, 64-bit tuples are even (gfx90a, gfx942)
    bool scope_bits;             ///< cache policy says sc0, sc1, nt (gfx942)
    bool architected_scratch;    ///< scratch address and work-item registers are given by the hardware
    bool packed_work_item_ids;   ///< v0 holds X, Y and Z, ten bits each
    bool flushes_half_matrices;  ///< MFMA of f16 and bf16 takes and gives subnormals as 0 (gfx90a)
    int lds_banks;               ///< 4 bytes wide
    int simds;                   ///< that share the waves of a workgroup
    int cycles_per_vector_instruction;  ///< a SIMD's issue of one wave: 64 lanes on 16, or 32 on 32
};

std::span<const Chip> chips();

/// Throws Error(unsupported) that lists the known chips.
const Chip& find_chip(std::string_view name);

}  // namespace sporkle::amdgpu::emulator
