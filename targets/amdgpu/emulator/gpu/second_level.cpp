#include "targets/amdgpu/emulator/gpu/second_level.hpp"

#include <cstring>

namespace sporkle::amdgpu::emulator {
namespace {

bool bit(const std::array<std::uint64_t, 2>& bits, std::uint64_t k) { return bits[k / 64] >> k % 64 & 1; }
bool all(const std::array<std::uint64_t, 2>& bits) { return (bits[0] & bits[1]) == ~std::uint64_t{0}; }

}  // namespace

void SecondLevel::fill(Line& line) {
    if (!line.is_dirty()) {
        std::memcpy(line.bytes.data(), line.home, line_bytes_of_cache);
    } else {
        for (std::uint64_t k = 0; k < line_bytes_of_cache; ++k)
            if (!bit(line.dirty, k)) line.bytes[k] = line.home[k];
    }
    line.filled = true;
}

SecondLevel::Line& SecondLevel::make(std::byte* home) {
    Line& line = lines_.insert(home);
    line.home = home;
    line.dirty = {};
    line.filled = false;
    return line;
}

SecondLevel::Line& SecondLevel::read(std::byte* home) {
    Line* found = lines_.find(home);
    Line& line = found ? *found : make(home);
    if (!line.filled) fill(line);
    return line;
}

SecondLevel::Line& SecondLevel::write(std::byte* home) {
    Line* found = lines_.find(home);
    return found ? *found : make(home);
}

void SecondLevel::write_back() {
    for (std::size_t n = 0; n < lines_.size(); ++n) {
        Line& line = lines_[n];
        if (!line.is_dirty()) continue;
        if (all(line.dirty)) {
            std::memcpy(line.home, line.bytes.data(), line_bytes_of_cache);
        } else {
            for (std::uint64_t k = 0; k < line_bytes_of_cache; ++k)
                if (bit(line.dirty, k)) line.home[k] = line.bytes[k];
        }
        // All of its bytes are there only if they were read or all written.
        line.filled = line.filled || all(line.dirty);
        line.dirty = {};
    }
}

void SecondLevel::invalidate() {
    LineTable<Line> kept;
    for (std::size_t n = 0; n < lines_.size(); ++n) {
        if (!lines_[n].is_dirty()) continue;
        Line& line = kept.insert(lines_[n].home);
        line = lines_[n];
        line.filled = false;
    }
    if (kept.size() == 0)
        lines_.clear();
    else
        lines_ = std::move(kept);
}

}  // namespace sporkle::amdgpu::emulator
