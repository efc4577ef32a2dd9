#include "targets/spirv/run/slots.hpp"

#include <algorithm>

#include "targets/spirv/run/engine.hpp"

namespace sporkle::spirv::vulkan {
namespace {

constexpr std::size_t least_words = 128;
/// More threads at once get more; beyond it the least recently used slot is recorded anew.
constexpr std::size_t kept_slots = 64;

constexpr std::uint64_t bytes_for(std::size_t word_count) {
    return guard_bytes + word_count * sizeof(std::uint64_t);
}

bool same_grid(const runtime::Grid& a, const runtime::Grid& b) {
    return std::equal(a.size, a.size + 3, b.size);
}

}  // namespace

Recorded::Recorded(std::uint64_t number, const runtime::Launch& launch, bool wants_time)
    : executable(number),
      words(launch.words, launch.words + launch.word_count),
      grids(launch.grids.begin(), launch.grids.end()),
      arenas(reinterpret_cast<std::uintptr_t>(launch.arenas)),
      arena_bytes(launch.arena_bytes),
      threads(launch.threads),
      timed(wants_time) {}

bool Recorded::is(std::uint64_t number, const runtime::Launch& launch, bool wants_time) const {
    return executable == number && timed == wants_time &&
           std::equal(words.begin(), words.end(), launch.words, launch.words + launch.word_count) &&
           arenas == reinterpret_cast<std::uintptr_t>(launch.arenas) && arena_bytes == launch.arena_bytes &&
           threads == launch.threads &&
           std::equal(grids.begin(), grids.end(), launch.grids.begin(), launch.grids.end(), same_grid);
}

Slots::~Slots() {
    if (engine_.gpu.hangs()) return;
    for (const auto& slot : free_) engine_.words.release(slot->memory);
}

Slots::Lease Slots::take(std::uint64_t executable, const runtime::Launch& launch, bool wants_time) {
    return take(launch.word_count,
                [&](const Slot& slot) { return slot.recorded.is(executable, launch, wants_time); });
}

Slots::Lease Slots::take(std::size_t word_count) {
    return take(word_count, [](const Slot&) { return false; });
}

template <class Suits>
Slots::Lease Slots::take(std::size_t word_count, Suits suits) {
    std::unique_ptr<Slot> slot;
    {
        const std::lock_guard lock(mutex_);
        auto found = std::find_if(free_.begin(), free_.end(), [&](const auto& one) { return suits(*one); });
        if (found == free_.end() && made_ >= kept_slots) found = free_.begin();  // the least recently used
        if (found != free_.end()) {
            slot = std::move(*found);
            free_.erase(found);
        } else {
            ++made_;
            free_.reserve(made_);
        }
    }
    if (!slot) {
        try {
            slot = make();
        } catch (...) {
            const std::lock_guard lock(mutex_);
            --made_;
            throw;
        }
    }
    try {
        reserve_words(*slot, word_count);
    } catch (...) {
        give(std::move(slot));
        throw;
    }
    return Lease(*this, std::move(slot));
}

std::unique_ptr<Slot> Slots::make() {
    auto slot = std::make_unique<Slot>(Slot{CommandBuffer(engine_, engine_.compute, Work::kernels), {}, {}});
    slot->memory = engine_.words.allocate(bytes_for(least_words));
    return slot;
}

void Slots::reserve_words(Slot& slot, std::size_t word_count) {
    if (bytes_for(word_count) <= slot.memory.bytes) return;
    const Allocation larger = engine_.words.allocate(bytes_for(word_count));
    engine_.words.release(slot.memory);
    slot.memory = larger;
    slot.recorded.executable = 0;  // its commands hold the old address
}

void Slots::give(std::unique_ptr<Slot> slot) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(slot));
}

}  // namespace sporkle::spirv::vulkan
