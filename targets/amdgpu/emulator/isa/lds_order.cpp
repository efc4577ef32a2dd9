#include "targets/amdgpu/emulator/isa/lds_order.hpp"

#include <string>

#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {

void LdsOrder::stored(const Wave& wave, std::uint64_t address, int bytes) {
    const std::uint64_t end = address + static_cast<std::uint64_t>(bytes);
    for (std::uint64_t word = address / 4; word * 4 < end; ++word)
        words_[word] = {&wave, wave.lds_operations + 1, wave.barriers_signalled};
}

void LdsOrder::check_load(const Wave& wave, std::uint64_t address, int bytes) const {
    const std::uint64_t end = address + static_cast<std::uint64_t>(bytes);
    for (std::uint64_t word = address / 4; word * 4 < end; ++word) {
        const Store& store = words_[word];
        if (!store.wave || store.wave == &wave || wave.barriers_waited <= store.barrier) continue;
        if (store.operation > store.wave->lds_done_at_barrier[store.barrier])
            throw WaveFault{
                Failure::hazard,
                "LDS word at " + std::to_string(word * 4) + " was stored by wave " +
                    std::to_string(store.wave->number) +
                    ", which did not wait for the store before the barrier: no s_waitcnt covers it"};
    }
}

}  // namespace sporkle::amdgpu::emulator
