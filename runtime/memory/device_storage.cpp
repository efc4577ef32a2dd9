#include "runtime/memory/device_storage.hpp"

#include <sporkle/array.hpp>

#include "runtime/threads/fork.hpp"

namespace sporkle::runtime {

DeviceStorage::DeviceStorage(std::shared_ptr<const void> keep, Device& device,
                             std::unique_ptr<DeviceBuffer> buffer)
    : keep_(std::move(keep)), device_(device), buffer_(std::move(buffer)), generation_(fork_generation()) {}

DeviceStorage::DeviceStorage(std::shared_ptr<const void> keep, Device& device, std::int64_t count,
                             int element_bytes)
    : keep_(std::move(keep)),
      device_(device),
      process_memory_(detail::allocate_elements(count, element_bytes)),
      generation_(fork_generation()) {}

DeviceStorage::~DeviceStorage() { detail::free_elements(process_memory_); }

void* DeviceStorage::address() const {
    return buffer_ == nullptr ? process_memory_
                              : reinterpret_cast<void*>(static_cast<std::uintptr_t>(buffer_->address()));
}

std::byte* DeviceStorage::host(std::uint64_t address) const {
    std::byte* first = buffer_->host();
    if (first == nullptr || reinterpret_cast<std::uintptr_t>(first) % 64 != 0) return nullptr;
    return first + offset(address);
}

DeviceMemory& DeviceStorage::memory() const {
    expect_same_process(device_, generation_);
    return *device_.memory();
}

}  // namespace sporkle::runtime
