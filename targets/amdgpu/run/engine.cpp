#include "targets/amdgpu/run/engine.hpp"

#include <algorithm>

#include "targets/amdgpu/pm4/scratch.hpp"

namespace sporkle::amdgpu {
namespace {

/// Waves of one compute unit that can have scratch at a time, and the most memory that all together get:
/// fewer waves run where that is too little.
constexpr std::uint64_t waves_of_unit = 32, most_scratch = std::uint64_t(256) << 20;

}  // namespace

Engine::Scratch Engine::scratch(std::uint32_t bytes_of_wave) {
    if (bytes_of_wave == 0) return {};
    const GpuFacts& facts = gpu->facts();
    const Chip& chip = *facts.chip;
    const std::uint32_t engines = chip.scratch_waves_per_engine() ? facts.shader_engines : 1;
    const std::uint64_t wanted = waves_of_unit * facts.compute_units / engines;
    const std::uint64_t affordable = most_scratch / (std::uint64_t(bytes_of_wave) * engines);
    const auto waves = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(affordable, 1)));
    const std::uint64_t bytes = pm4::scratch_bytes(chip, bytes_of_wave, waves, facts.shader_engines);
    const std::lock_guard lock(mutex_);
    if (!scratch_ || scratch_->bytes() < bytes)
        scratch_ =
            std::make_shared<BufferObject>(gpu, bytes, facts.vram_bytes > 0 ? Domain::vram : Domain::gtt);
    return {scratch_, waves};
}

Domain Engine::array_domain() const {
    const GpuFacts& facts = gpu->facts();
    return facts.vram_bytes > 0 && facts.visible_vram_bytes >= facts.vram_bytes ? Domain::visible_vram
                                                                                : Domain::gtt;
}

double Engine::seconds(std::uint64_t ticks) const {
    return static_cast<double>(ticks) / (1000.0 * gpu->facts().counter_khz);
}

}  // namespace sporkle::amdgpu
