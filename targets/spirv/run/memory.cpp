#include "targets/spirv/run/memory.hpp"

#include <cstring>

#include <sporkle/error.hpp>

namespace sporkle::spirv::vulkan {
namespace {

class Buffer final : public runtime::DeviceBuffer {
  public:
    Buffer(std::shared_ptr<Engine> engine, std::size_t bytes)
        : engine_(std::move(engine)), allocation_(engine_->allocate(bytes)), bytes_(bytes) {}
    ~Buffer() override { engine_->retire(allocation_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    std::uint64_t address() const override { return allocation_.address; }
    std::size_t bytes() const override { return bytes_; }
    /// Memory that is the GPU's own may be visible by way of the bus, but reading it there is slow.
    std::byte* host() const override { return engine_->gpu.unified() ? allocation_.host : nullptr; }
    const Allocation& allocation() const { return allocation_; }

  private:
    std::shared_ptr<Engine> engine_;
    Allocation allocation_;
    std::size_t bytes_;
};

const Buffer& checked(const runtime::DeviceBuffer& buffer, std::size_t offset, std::size_t bytes) {
    if (offset > buffer.bytes() || bytes > buffer.bytes() - offset)
        throw Error(ErrorCode::invalid_argument,
                    "bytes " + std::to_string(offset) + " to " + std::to_string(offset + bytes) +
                        " do not lie in a device buffer of " + std::to_string(buffer.bytes()));
    return static_cast<const Buffer&>(buffer);
}

}  // namespace

std::unique_ptr<runtime::DeviceBuffer> Memory::allocate(std::size_t bytes) {
    return std::make_unique<Buffer>(engine_, bytes);
}

void Memory::upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) {
    const Buffer& buffer = checked(to, offset, bytes);
    engine_->gpu.require_alive();
    if (bytes == 0) return;
    if (buffer.host() != nullptr)
        std::memcpy(buffer.host() + offset, from, bytes);
    else
        engine_->staging.upload(buffer.allocation(), offset, static_cast<const std::byte*>(from), bytes);
}

void Memory::download(const runtime::DeviceBuffer& from, std::size_t offset, void* to, std::size_t bytes) {
    const Buffer& buffer = checked(from, offset, bytes);
    engine_->gpu.require_alive();
    if (bytes == 0) return;
    if (buffer.host() != nullptr)
        std::memcpy(to, buffer.host() + offset, bytes);
    else
        engine_->staging.download(buffer.allocation(), offset, static_cast<std::byte*>(to), bytes);
}

/// Runs commands on the queue of the kernels, whose copies are the fastest within the GPU's memory.
template <class Write>
void Memory::run(Write write) {
    Slots::Lease slot = engine_->slots.take(0);
    slot->recorded = {};
    slot->commands.begin(true);
    write(slot->commands);
    slot->commands.end(Work::copies, false);
    slot->commands.run();
}

void Memory::copy(const runtime::DeviceBuffer& from, std::size_t from_offset, runtime::DeviceBuffer& to,
                  std::size_t to_offset, std::size_t bytes) {
    const Buffer& source = checked(from, from_offset, bytes);
    const Buffer& target = checked(to, to_offset, bytes);
    engine_->gpu.require_alive();
    if (bytes == 0) return;
    if (source.host() != nullptr) {
        std::memcpy(target.host() + to_offset, source.host() + from_offset, bytes);
        return;
    }
    run([&](CommandBuffer& commands) {
        commands.copy(source.allocation(), from_offset, target.allocation(), to_offset, bytes);
    });
}

void Memory::clear(runtime::DeviceBuffer& to, std::size_t offset, std::size_t bytes) {
    const Buffer& buffer = checked(to, offset, bytes);
    engine_->gpu.require_alive();
    if (buffer.host() != nullptr) {
        if (bytes > 0) std::memset(buffer.host() + offset, 0, bytes);
        return;
    }
    // The GPU clears words of four bytes; what stands before and after them is uploaded.
    static constexpr std::byte zeros[4] = {};
    const std::size_t end = offset + bytes, first = std::min((offset + 3) / 4 * 4, end);
    const std::size_t last = std::max(end / 4 * 4, first);
    upload(to, offset, zeros, first - offset);
    if (last > first)
        run([&](CommandBuffer& commands) { commands.clear(buffer.allocation(), first, last - first); });
    upload(to, last, zeros, end - last);
}

}  // namespace sporkle::spirv::vulkan
