#include "targets/amdgpu/emulator/isa/chip.hpp"

#include <string>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu::emulator {
namespace {

constexpr Chip known_chips[] = {
    // name, generation, wave, both, AGPRs, sc bits, scratch, packed ids, flushed, banks, SIMDs, cycles
    {"gfx906", Generation::gfx9, 64, false, false, false, false, false, false, 32, 4, 4},
    {"gfx90a", Generation::gfx9, 64, false, true, false, false, true, true, 32, 4, 4},
    {"gfx942", Generation::gfx9, 64, false, true, true, true, true, false, 32, 4, 4},
    {"gfx1030", Generation::gfx10, 32, true, false, false, false, false, false, 32, 2, 1},
    {"gfx1100", Generation::gfx11, 32, true, false, false, true, true, false, 32, 2, 1},
    {"gfx1201", Generation::gfx12, 32, true, false, false, true, true, false, 32, 2, 1},
};

}  // namespace

std::span<const Chip> chips() { return known_chips; }

const Chip& find_chip(std::string_view name) {
    std::string names;
    for (const Chip& chip : known_chips) {
        if (name == chip.name) return chip;
        names += names.empty() ? chip.name : std::string(", ") + chip.name;
    }
    throw Error(ErrorCode::unsupported,
                "the AMD emulator does not know the chip \"" + std::string(name) + "\"; it knows " + names);
}

}  // namespace sporkle::amdgpu::emulator
