#include "targets/amdgpu/run/address_space.hpp"

#include <iterator>

namespace sporkle::amdgpu {

std::optional<std::uint64_t> AddressSpace::take(std::uint64_t bytes, std::uint64_t alignment) {
    const std::lock_guard lock(mutex_);
    for (auto range = free_.begin(); range != free_.end(); ++range) {
        const auto [begin, end] = *range;
        const std::uint64_t address = (begin + alignment - 1) & ~(alignment - 1);
        if (address < begin || address > end || end - address < bytes) continue;
        free_.erase(range);
        if (begin < address) free_[begin] = address;
        if (address + bytes < end) free_[address + bytes] = end;
        return address;
    }
    return std::nullopt;
}

void AddressSpace::give(std::uint64_t address, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    std::uint64_t end = address + bytes;
    auto next = free_.lower_bound(address);
    if (next != free_.end() && next->first == end) {
        end = next->second;
        next = free_.erase(next);
    }
    if (next != free_.begin()) {
        const auto before = std::prev(next);
        if (before->second == address) {
            before->second = end;
            return;
        }
    }
    free_[address] = end;
}

}  // namespace sporkle::amdgpu
