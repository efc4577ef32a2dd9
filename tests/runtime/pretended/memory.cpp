#include "tests/runtime/pretended/memory.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <sporkle/error.hpp>

namespace sporkle::test {
namespace {

/// Before and behind every buffer lie so many bytes that nobody may change.
constexpr std::size_t fence = 512;
constexpr std::byte fence_byte{0xa5}, noise{0xcd};

[[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorCode::device_failure, "pretended: " + what);
}

}  // namespace

class PretendedBuffer final : public runtime::DeviceBuffer {
  public:
    PretendedBuffer(PretendedMemory& memory, std::byte* first, std::size_t bytes)
        : memory_(memory), first_(first), bytes_(bytes) {}
    ~PretendedBuffer() override { memory_.release(first_, bytes_); }
    std::uint64_t address() const override {
        return reinterpret_cast<std::uintptr_t>(first_) | memory_.mark_;
    }
    std::size_t bytes() const override { return bytes_; }
    std::byte* host() const override { return memory_.state_.host_visible ? first_ : nullptr; }

  private:
    PretendedMemory& memory_;
    std::byte* first_;
    std::size_t bytes_;
};

PretendedMemory::PretendedMemory(int number)
    : state_(pretended(number)), mark_(std::uint64_t(4 + number) << 60) {}

std::unique_ptr<runtime::DeviceBuffer> PretendedMemory::allocate(std::size_t bytes) {
    if (bytes > state_.room || static_cast<std::size_t>(state_.live_bytes) + bytes > state_.room)
        throw Error(ErrorCode::out_of_memory, "pretended: no room for " + std::to_string(bytes) + " bytes");
    const std::size_t all = (bytes + 2 * fence + 255) / 256 * 256;
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(256, all));
    std::fill_n(memory, all, fence_byte);
    std::fill_n(memory + fence, bytes, noise);
    ++state_.allocations;
    ++state_.live_buffers;
    state_.live_bytes += static_cast<long>(bytes);
    auto buffer = std::make_unique<PretendedBuffer>(*this, memory + fence, bytes);
    const std::lock_guard lock(mutex_);
    buffers_[buffer->address()] = bytes;
    return buffer;
}

void PretendedMemory::release(std::byte* first, std::size_t bytes) {
    for (std::size_t b = 0; b < fence; ++b)
        if (first[bytes + b] != fence_byte || *(first - fence + b) != fence_byte) ++state_.overruns;
    {
        const std::lock_guard lock(mutex_);
        buffers_.erase(reinterpret_cast<std::uintptr_t>(first) | mark_);
    }
    --state_.live_buffers;
    state_.live_bytes -= static_cast<long>(bytes);
    std::free(first - fence);
}

std::byte* PretendedMemory::real(std::uint64_t address, std::size_t bytes) const {
    const std::lock_guard lock(mutex_);
    auto found = buffers_.upper_bound(address);
    if (found == buffers_.begin()) fail("a launch holds the address of no buffer");
    --found;
    if (address - found->first > found->second || bytes > found->second - (address - found->first))
        fail("a launch reaches beyond its buffer, or holds the address of none");
    return reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(address ^ mark_));
}

void PretendedMemory::transfer() const {
    if (state_.transfers_until_failure == 0) fail("a transfer failed, as it was told to");
    if (state_.transfers_until_failure > 0) --state_.transfers_until_failure;
    if (state_.transfer_delay > 0)
        std::this_thread::sleep_for(std::chrono::duration<double>(state_.transfer_delay));
}

void PretendedMemory::upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from,
                             std::size_t bytes) {
    transfer();
    std::memcpy(real(to.address() + offset, bytes), from, bytes);
    ++state_.uploads;
    state_.uploaded_bytes += static_cast<long>(bytes);
}

void PretendedMemory::download(const runtime::DeviceBuffer& from, std::size_t offset, void* to,
                               std::size_t bytes) {
    transfer();
    std::memcpy(to, real(from.address() + offset, bytes), bytes);
    ++state_.downloads;
    state_.downloaded_bytes += static_cast<long>(bytes);
}

void PretendedMemory::copy(const runtime::DeviceBuffer& from, std::size_t from_offset,
                           runtime::DeviceBuffer& to, std::size_t to_offset, std::size_t bytes) {
    std::memcpy(real(to.address() + to_offset, bytes), real(from.address() + from_offset, bytes), bytes);
    state_.copied_bytes += static_cast<long>(bytes);
}

void PretendedMemory::clear(runtime::DeviceBuffer& buffer, std::size_t offset, std::size_t bytes) {
    std::memset(real(buffer.address() + offset, bytes), 0, bytes);
    state_.cleared_bytes += static_cast<long>(bytes);
}

}  // namespace sporkle::test
