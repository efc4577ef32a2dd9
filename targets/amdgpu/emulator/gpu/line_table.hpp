// The lines of a cache without a limit: found by the address of the memory behind them, all forgotten in no
// time. No line is ever evicted to make room, so nothing becomes visible by luck: what a program may rely on
// is only what it asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sporkle::amdgpu::emulator {

/// RDNA's lines; GCN's vector caches have lines of 64 bytes. The longer ones are the stricter ones.
inline constexpr std::uint64_t line_bytes_of_cache = 128;

template <class Line>
class LineTable {
  public:
    Line* find(const std::byte* home) {
        const std::uint64_t key = key_of(home);
        for (std::size_t at = place(key);; at = (at + 1) & mask_) {
            const Slot& slot = slots_[at];
            if (slot.generation != generation_) return nullptr;
            if (slot.key == key) return &lines_[slot.index];
        }
    }
    /// A new line, whose contents are of one that was forgotten. The pointer is good until the next insert.
    Line& insert(const std::byte* home) {
        if (2 * (used_ + 1) > slots_.size()) grow();
        const std::uint64_t key = key_of(home);
        std::size_t at = place(key);
        while (slots_[at].generation == generation_) at = (at + 1) & mask_;
        slots_[at] = {key, generation_, static_cast<std::uint32_t>(used_)};
        if (used_ == lines_.size()) lines_.emplace_back();
        return lines_[used_++];
    }
    void clear() {
        used_ = 0;
        ++generation_;
    }
    std::size_t size() const { return used_; }
    Line& operator[](std::size_t index) { return lines_[index]; }

  private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t generation = 0, index = 0;
    };
    static std::uint64_t key_of(const std::byte* home) {
        return reinterpret_cast<std::uintptr_t>(home) / line_bytes_of_cache;
    }
    std::size_t place(std::uint64_t key) const { return (key * 0x9e3779b97f4a7c15u >> 20) & mask_; }
    void grow() {
        const std::vector<Slot> old = std::move(slots_);
        slots_.assign(old.size() * 2, {});
        mask_ = slots_.size() - 1;
        for (const Slot& slot : old) {
            if (slot.generation != generation_) continue;
            std::size_t at = place(slot.key);
            while (slots_[at].generation == generation_) at = (at + 1) & mask_;
            slots_[at] = slot;
        }
    }

    std::size_t mask_ = 255;
    std::vector<Slot> slots_ = std::vector<Slot>(256);
    std::vector<Line> lines_;
    std::size_t used_ = 0;
    std::uint32_t generation_ = 1;
};

}  // namespace sporkle::amdgpu::emulator
