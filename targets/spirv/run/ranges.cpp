#include "targets/spirv/run/ranges.hpp"

#include <iterator>

namespace sporkle::spirv::vulkan {

Ranges::Ranges(std::uint64_t begin, std::uint64_t end) {
    if (begin < end) insert(begin, end - begin);
}

void Ranges::insert(std::uint64_t offset, std::uint64_t bytes) {
    by_offset_.emplace(offset, bytes);
    by_size_.emplace(bytes, offset);
}

void Ranges::erase(std::map<std::uint64_t, std::uint64_t>::iterator range) {
    by_size_.erase({range->second, range->first});
    by_offset_.erase(range);
}

std::optional<std::uint64_t> Ranges::take(std::uint64_t bytes) {
    const auto fit = by_size_.lower_bound({bytes, 0});
    if (fit == by_size_.end()) return std::nullopt;
    const auto [size, offset] = *fit;
    erase(by_offset_.find(offset));
    if (size > bytes) insert(offset + bytes, size - bytes);
    used_ += bytes;
    return offset;
}

void Ranges::give(std::uint64_t offset, std::uint64_t bytes) {
    used_ -= bytes;
    auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.end() && next->first == offset + bytes) {
        bytes += next->second;
        const auto joined = next++;
        erase(joined);
    }
    if (next != by_offset_.begin()) {
        const auto previous = std::prev(next);
        if (previous->first + previous->second == offset) {
            offset = previous->first;
            bytes += previous->second;
            erase(previous);
        }
    }
    insert(offset, bytes);
}

}  // namespace sporkle::spirv::vulkan
