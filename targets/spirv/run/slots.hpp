// Places from which launches run: each with commands, parameters and a clock of its own, so that many threads
// launch at once. A slot that repeats its last launch submits the same commands again, and touches nothing
// else.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "targets/spirv/interface/loop_guard.hpp"
#include "targets/spirv/run/command.hpp"

namespace sporkle::spirv::vulkan {

class Engine;

/// The launch that is recorded in a slot's commands.
struct Recorded {
    std::uint64_t executable = 0;  ///< its number, 0 for none
    std::vector<std::uint64_t> words;
    std::vector<runtime::Grid> grids;
    std::uint64_t arenas = 0, arena_bytes = 0;
    int threads = 0;
    bool timed = false;

    Recorded() = default;
    Recorded(std::uint64_t number, const runtime::Launch& launch, bool wants_time);
    bool is(std::uint64_t number, const runtime::Launch& launch, bool wants_time) const;
};

struct Slot {
    CommandBuffer commands;
    Allocation memory;  ///< a guard (loop_guard.hpp), then the parameter block
    Recorded recorded;

    std::byte* guard() const { return memory.host; }
    std::byte* words() const { return memory.host + guard_bytes; }
    std::uint64_t words_address() const { return memory.address + guard_bytes; }
};

class Slots {
  public:
    explicit Slots(Engine& engine) : engine_(engine) {}
    ~Slots();
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    /// A slot for one launch. It goes back when this is destroyed, by when the GPU has finished with it or is
    /// lost.
    class Lease {
      public:
        Lease(Slots& slots, std::unique_ptr<Slot> slot) : slots_(slots), slot_(std::move(slot)) {}
        ~Lease() { slots_.give(std::move(slot_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Slot& operator*() const { return *slot_; }
        Slot* operator->() const { return slot_.get(); }

      private:
        Slots& slots_;
        std::unique_ptr<Slot> slot_;
    };

    /// One that has this launch of this executable recorded if there is one. Its parameter block has room for
    /// `word_count` words. Throws Error(out_of_memory), Error(device_failure).
    Lease take(std::uint64_t executable, const runtime::Launch& launch, bool wants_time);
    /// One with room for `word_count` words, whose commands the caller records.
    Lease take(std::size_t word_count);

  private:
    template <class Suits>
    Lease take(std::size_t word_count, Suits suits);
    std::unique_ptr<Slot> make();
    void reserve_words(Slot& slot, std::size_t word_count);
    void give(std::unique_ptr<Slot> slot) noexcept;

    Engine& engine_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Slot>> free_;  ///< least recently used first
    std::size_t made_ = 0;
};

}  // namespace sporkle::spirv::vulkan
