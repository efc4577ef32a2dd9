#include "targets/amdgpu/run/engine.hpp"

#include <algorithm>

#include "targets/amdgpu/pm4/scratch.hpp"

namespace sporkle::amdgpu {
namespace {

/// Waves of one compute unit that can have scratch at a time, and the most memory that all together get:
/// fewer waves run where that is too little.
constexpr std::uint64_t waves_of_unit = 32, most_scratch = std::uint64_t(256) << 20;

Domain choose_array_domain(const GpuFacts& facts, Transfers& transfers) {
    if (facts.is_integrated || facts.vram_bytes == 0) return Domain::gtt;
    if (facts.visible_vram_bytes >= facts.vram_bytes) return Domain::visible_vram;
    return transfers.work() ? Domain::vram : Domain::gtt;
}

/// In the GPU's own memory, where it has any, or where that is full in the system's.
std::unique_ptr<BufferObject> make_near(const std::shared_ptr<Gpu>& gpu, std::size_t bytes, Domain domain,
                                        bool executable) {
    if (gpu->facts().vram_bytes > 0) try {
            return std::make_unique<BufferObject>(gpu, bytes, domain, executable);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::out_of_memory) throw;
        }
    return std::make_unique<BufferObject>(gpu, bytes, Domain::gtt, executable);
}

}  // namespace

Engine::Engine(std::unique_ptr<Node> node)
    : gpu(std::make_shared<Gpu>(std::move(node))),
      queue(gpu),
      slots(gpu),
      transfers(gpu, queue, slots),
      array_domain(choose_array_domain(gpu->facts(), transfers)) {}

std::unique_ptr<BufferObject> Engine::code_memory(std::size_t bytes) const {
    const bool is_seen = gpu->facts().visible_vram_bytes > 0;
    return is_seen ? make_near(gpu, bytes, Domain::visible_vram, true)
                   : std::make_unique<BufferObject>(gpu, bytes, Domain::gtt, true);
}

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
    if (!scratch_ || scratch_->bytes() < bytes) scratch_ = make_near(gpu, bytes, Domain::vram, false);
    return {scratch_, waves};
}

double Engine::seconds(std::uint64_t ticks) const {
    return static_cast<double>(ticks) / (1000.0 * gpu->facts().counter_khz);
}

}  // namespace sporkle::amdgpu
