#include "targets/amdgpu/pm4/scratch.hpp"

#include "targets/amdgpu/pm4/register_fields.hpp"

namespace sporkle::amdgpu::pm4 {

std::uint32_t tmpring_size(const Chip& chip, std::uint64_t bytes_of_wave) {
    const std::uint64_t units = bytes_of_wave / chip.scratch_unit();
    switch (chip.generation) {
        case Generation::gfx11:
            return tmpring::wavesize_gfx11(units);
        case Generation::gfx12:
            return tmpring::wavesize_gfx12(units);
        default:
            return tmpring::wavesize(units);
    }
}

}  // namespace sporkle::amdgpu::pm4
