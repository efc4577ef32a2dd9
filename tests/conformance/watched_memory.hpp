// Memory for one tensor or scratch buffer of a call on a device, between margins whose bytes are watched:
// code that writes outside of what it was given is found out even where a device lets it pass.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/device.hpp"

namespace sporkle::testing {

class WatchedMemory {
  public:
    /// In the device's memory, or the process's where the device works on that. The first byte lies `offset`
    /// bytes after a multiple of 256.
    WatchedMemory(runtime::Device& device, std::size_t bytes, std::size_t offset = 0);

    std::uint64_t address() const;  ///< of the first byte, as the device's kernels see it
    /// Fills the margins, and the rest with the bytes from `from`, or where that is null with such as no
    /// kernel should rely on.
    void fill(const std::byte* from);
    /// Copies the bytes to `to` unless that is null. Returns an empty string, or which byte of the margins
    /// was written.
    std::string read(std::byte* to) const;

  private:
    std::byte* host_begin() const;

    runtime::DeviceMemory* memory_;
    std::size_t bytes_, first_;                      ///< `first_`: place of the first byte in all of it
    std::vector<std::byte> host_;                    ///< where the device has no memory of its own
    std::unique_ptr<runtime::DeviceBuffer> buffer_;  ///< else
    std::size_t total_;
};

}  // namespace sporkle::testing
