#include "tools/sporkle/amdgpu/occupancy.hpp"

namespace sporkle::command {
namespace {

using amdgpu::Chip;
using amdgpu::Generation;

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t unit) {
    return (value + unit - 1) / unit * unit;
}

struct VectorRegisters {
    std::uint32_t of_simd = 0, unit = 0;
};

/// Counted for waves of 64 lanes; waves of 32 have twice as many.
VectorRegisters vector_registers(const Chip& chip) {
    if (chip.has_accumulation_offset()) return {512, 8};
    if (chip.major() == 9) return {256, 4};
    // Half as many again on the larger GPUs of GFX11 and on all of GFX12; the others, all that are called
    // gfx1102, gfx1103 and gfx1150, kept GFX10.3's.
    const std::string_view name = chip.name;
    const bool large = chip.major() == 12 || name == "gfx1100" || name == "gfx1101" || name == "gfx1151";
    if (large) return {768, 12};
    return {512, std::uint32_t(name.starts_with("gfx101") ? 4 : 8)};
}

std::uint32_t waves_of_simd(const Chip& chip) {
    if (chip.has_accumulation_offset()) return 8;
    if (chip.major() == 9) return 10;
    return std::string_view(chip.name).starts_with("gfx101") ? 20 : 16;
}

}  // namespace

Occupancy occupancy(const Chip& chip, const WaveNeeds& needs) {
    Occupancy result;
    result.most = result.waves = waves_of_simd(chip);
    result.limit = "waves";
    const auto at_most = [&](std::uint32_t waves, const char* what) {
        if (waves < result.waves) result.waves = waves, result.limit = what;
    };
    const VectorRegisters file = vector_registers(chip);
    const std::uint32_t scale = chip.major() >= 10 && needs.wave_size == 32 ? 2 : 1;
    at_most(file.of_simd * scale / up(needs.vgprs > 0 ? needs.vgprs : 1, file.unit * scale), "VGPRs");

    constexpr std::uint32_t scalar_registers = 800, scalar_unit = 16;
    if (chip.major() == 9 && needs.sgprs > 0)
        at_most(scalar_registers / up(needs.sgprs, scalar_unit), "SGPRs");

    // A compute unit of GFX9 has four SIMDs, later ones two.
    const std::uint32_t units = needs.pairs_units ? 2 : 1, simds = (chip.major() == 9 ? 4 : 2) * units;
    const auto waves_of = [&](std::uint32_t groups) {
        return (groups * needs.group_waves + simds - 1) / simds;
    };
    constexpr std::uint32_t barriers_of_unit = 16;
    if (needs.group_waves > 1) at_most(waves_of(barriers_of_unit * units), "barriers");
    if (needs.lds_bytes > 0) {
        const bool coarse = chip.major() > 10 || (chip.major() == 10 && waves_of_simd(chip) == 16);
        const std::uint32_t allocated = up(needs.lds_bytes, coarse ? 1024 : 512);
        at_most(waves_of(chip.lds_bytes() * units / allocated), "LDS");
    }
    return result;
}

}  // namespace sporkle::command
