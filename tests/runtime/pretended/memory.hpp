// The memory of a pretended device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

#include "tests/runtime/pretended/pretended.hpp"

namespace sporkle::test {

class PretendedMemory final : public runtime::DeviceMemory {
  public:
    explicit PretendedMemory(int number);

    std::unique_ptr<runtime::DeviceBuffer> allocate(std::size_t bytes) override;
    void upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) override;
    void download(const runtime::DeviceBuffer& from, std::size_t offset, void* to,
                  std::size_t bytes) override;
    void copy(const runtime::DeviceBuffer& from, std::size_t from_offset, runtime::DeviceBuffer& to,
              std::size_t to_offset, std::size_t bytes) override;
    void clear(runtime::DeviceBuffer& buffer, std::size_t offset, std::size_t bytes) override;

    /// Where [address, address + bytes) really lies. Throws Error(device_failure) unless it lies in one live
    /// buffer of this device.
    std::byte* real(std::uint64_t address, std::size_t bytes) const;

  private:
    friend class PretendedBuffer;
    void release(std::byte* first, std::size_t bytes);
    void transfer() const;

    PretendedDevice& state_;
    const std::uint64_t mark_;
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::size_t> buffers_;  ///< marked address → bytes
};

}  // namespace sporkle::test
