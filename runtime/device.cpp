#include "runtime/device.hpp"

#include <algorithm>
#include <vector>

namespace sporkle::runtime {
namespace {

/// Bytes that go through the host at a time.
constexpr std::size_t piece = std::size_t(4) << 20;

}  // namespace

void DeviceMemory::copy(const DeviceBuffer& from, std::size_t from_offset, DeviceBuffer& to,
                        std::size_t to_offset, std::size_t bytes) {
    std::vector<std::byte> passing(std::min(bytes, piece));
    for (std::size_t done = 0; done < bytes; done += piece) {
        const std::size_t now = std::min(bytes - done, piece);
        download(from, from_offset + done, passing.data(), now);
        upload(to, to_offset + done, passing.data(), now);
    }
}

void DeviceMemory::clear(DeviceBuffer& buffer, std::size_t offset, std::size_t bytes) {
    const std::vector<std::byte> zeros(std::min(bytes, piece));
    for (std::size_t done = 0; done < bytes; done += piece)
        upload(buffer, offset + done, zeros.data(), std::min(bytes - done, piece));
}

}  // namespace sporkle::runtime
