#include "tests/conformance/watched_memory.hpp"

#include <algorithm>
#include <cstring>

namespace sporkle::testing {
namespace {

constexpr std::size_t alignment = 256;
constexpr std::size_t margin = 4096;  ///< at each end, more than a workgroup stores at once in one row

/// Differs from byte to byte, so that one that is copied within a margin is noticed; as numbers of any type
/// the bytes are negative.
std::byte pattern(std::size_t at) { return std::byte(0x80 | (at * 37 & 0x7f)); }

}  // namespace

WatchedMemory::WatchedMemory(runtime::Device& device, std::size_t bytes, std::size_t offset)
    : memory_(device.memory()),
      bytes_(bytes),
      first_(margin + offset % alignment),
      total_(margin + alignment + bytes + margin) {
    if (memory_ != nullptr)
        buffer_ = memory_->allocate(total_);
    else
        host_.resize(total_ + alignment);
}

std::byte* WatchedMemory::host_begin() const {
    void* begin = const_cast<std::byte*>(host_.data());
    std::size_t room = host_.size();
    return static_cast<std::byte*>(std::align(alignment, total_, begin, room));
}

std::uint64_t WatchedMemory::address() const {
    return first_ +
           (memory_ != nullptr ? buffer_->address() : reinterpret_cast<std::uintptr_t>(host_begin()));
}

void WatchedMemory::fill(const std::byte* from) {
    std::vector<std::byte> all(total_);
    for (std::size_t b = 0; b < total_; ++b) all[b] = pattern(b);
    if (from != nullptr) std::copy_n(from, bytes_, all.begin() + static_cast<std::ptrdiff_t>(first_));
    if (memory_ != nullptr)
        memory_->upload(*buffer_, 0, all.data(), total_);
    else
        std::memcpy(host_begin(), all.data(), total_);
}

std::string WatchedMemory::read(std::byte* to) const {
    std::vector<std::byte> all(total_);
    if (memory_ != nullptr)
        memory_->download(*buffer_, 0, all.data(), total_);
    else
        std::memcpy(all.data(), host_begin(), total_);
    for (std::size_t b = 0; b < total_; ++b) {
        if (b == first_) b += bytes_;
        if (b < total_ && all[b] != pattern(b))
            return "a byte outside of it was written, " +
                   std::to_string(static_cast<std::ptrdiff_t>(b) - static_cast<std::ptrdiff_t>(first_)) +
                   " from its beginning, " + std::to_string(bytes_) + " bytes long";
    }
    if (to != nullptr) std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(first_), bytes_, to);
    return {};
}

}  // namespace sporkle::testing
