// The memory of one DeviceArray.
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/device.hpp"

namespace sporkle::runtime {

/// What the addresses of a device's buffers are multiples of.
inline constexpr std::uint64_t device_alignment = 256;

/// A buffer of a device, or memory of the process where that is what the device works on.
class DeviceStorage {
  public:
    /// `keep` keeps the device alive.
    DeviceStorage(std::shared_ptr<const void> keep, Device& device, std::unique_ptr<DeviceBuffer> buffer);
    /// Zeroed memory of the process, for so many elements. Throws Error(out_of_memory).
    DeviceStorage(std::shared_ptr<const void> keep, Device& device, std::int64_t count, int element_bytes);
    ~DeviceStorage();
    DeviceStorage(const DeviceStorage&) = delete;
    DeviceStorage& operator=(const DeviceStorage&) = delete;

    Device& device() const { return device_; }
    /// Null for memory of the process.
    DeviceBuffer* buffer() const { return buffer_.get(); }
    /// Of its first byte, as kernels see it.
    void* address() const;

    /// For storage with a buffer: the byte's place in it.
    std::size_t offset(std::uint64_t address) const {
        return static_cast<std::size_t>(address - buffer_->address());
    }
    /// Where the host sees the byte, at the same distance from a multiple of 64; null where it does not.
    std::byte* host(std::uint64_t address) const;
    /// The device's memory. Throws Error(device_failure) in a child of the process that opened the device.
    DeviceMemory& memory() const;

  private:
    std::shared_ptr<const void> keep_;
    Device& device_;
    std::unique_ptr<DeviceBuffer> buffer_;
    void* process_memory_ = nullptr;
    std::uint64_t generation_;  ///< of forks, when this was made
};

}  // namespace sporkle::runtime
