// Finds reads of LDS that no barrier orders behind the write, because the writing wave went to the barrier
// without waiting for its write: hardware may then give the reader what was there before.
//
// A store is ordered before the barrier that its wave signals next if the wave had waited for it by then.
// Atomic operations are ordered by the LDS itself and take no part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sporkle::amdgpu::emulator {

class Wave;

class LdsOrder {
  public:
    explicit LdsOrder(std::size_t bytes) : words_((bytes + 3) / 4) {}

    /// Before the wave's DS operation number Wave::lds_operations is counted.
    void stored(const Wave& wave, std::uint64_t address, int bytes);
    /// A wave signals a barrier with DS operations that it has not waited for: from now on loads are checked.
    void signalled_early() { any_early_ = true; }
    bool any_early() const { return any_early_; }
    /// Throws WaveFault(hazard) if a word was stored before a barrier that the reader has passed and not
    /// waited for.
    void check_load(const Wave& wave, std::uint64_t address, int bytes) const;

  private:
    struct Store {
        const Wave* wave = nullptr;
        std::uint32_t operation = 0;  ///< number of the wave's DS operation, from 1
        std::uint32_t barrier = 0;    ///< number of the barrier that the wave signals next
    };
    std::vector<Store> words_;
    bool any_early_ = false;
};

}  // namespace sporkle::amdgpu::emulator
