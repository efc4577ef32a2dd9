// The L2 of a GPU: one for all compute units, written back only when somebody asks for it. Lines know which
// of their bytes were written, so that neighbours that the CPU writes at the same time are not lost.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "targets/amdgpu/emulator/gpu/line_table.hpp"

namespace sporkle::amdgpu::emulator {

class SecondLevel {
  public:
    struct Line {
        std::byte* home = nullptr;
        std::array<std::uint64_t, 2> dirty{};  ///< one bit a byte
        bool filled = false;                   ///< bytes that are not dirty are there
        alignas(64) std::array<std::byte, line_bytes_of_cache> bytes;

        /// Bytes [offset, offset + n) were written; n > 0.
        void mark(std::uint64_t offset, std::uint64_t n) {
            for (std::uint64_t half = 0; half < 2; ++half) {
                const std::uint64_t begin = std::max(offset, 64 * half),
                                    end = std::min(offset + n, 64 * half + 64);
                if (begin < end) dirty[half] |= ~std::uint64_t{0} >> (64 - (end - begin)) << begin % 64;
            }
        }
        bool is_dirty() const { return (dirty[0] | dirty[1]) != 0; }
    };

    /// The line at `home` (a multiple of its size) with all of its bytes. Good until the next call.
    Line& read(std::byte* home);
    /// The line, to write bytes into and mark them.
    Line& write(std::byte* home);
    /// Null where it has none.
    Line* find(const std::byte* home) { return lines_.find(home); }

    void write_back();
    /// Forgets all that is not dirty.
    void invalidate();
    /// Forgets everything, written or not.
    void discard() { lines_.clear(); }

  private:
    static void fill(Line& line);
    Line& make(std::byte* home);
    LineTable<Line> lines_;
};

}  // namespace sporkle::amdgpu::emulator
