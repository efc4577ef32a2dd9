#include "targets/amdgpu/run/memory.hpp"

#include <cstring>

namespace sporkle::amdgpu {
namespace {

/// Bytes from which on the GPU reads its own memory faster than the CPU does, its submission included.
constexpr std::size_t many = std::size_t(1) << 20;

class Buffer final : public runtime::DeviceBuffer {
  public:
    Buffer(const std::shared_ptr<Gpu>& gpu, std::size_t bytes, Domain domain)
        : object(gpu, bytes, domain), bytes_(bytes), domain_(domain) {}
    std::uint64_t address() const override { return object.address(); }
    std::size_t bytes() const override { return bytes_; }
    /// The GPU's own memory would be slow to work on.
    std::byte* host() const override { return domain_ == Domain::gtt ? object.host() : nullptr; }

    const BufferObject object;

  private:
    const std::size_t bytes_;
    const Domain domain_;
};

const BufferObject& object_of(const runtime::DeviceBuffer& buffer) {
    return static_cast<const Buffer&>(buffer).object;
}

/// Whether the CPU can and should read it.
bool is_read_by_cpu(const runtime::DeviceBuffer& buffer, std::size_t bytes, Transfers& transfers) {
    if (buffer.host() != nullptr) return true;
    return object_of(buffer).host() != nullptr && (bytes < many || !transfers.work());
}

}  // namespace

std::unique_ptr<runtime::DeviceBuffer> Memory::allocate(std::size_t bytes) {
    return std::make_unique<Buffer>(engine_->gpu, bytes, engine_->array_domain);
}

void Memory::upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) {
    if (bytes == 0) return;
    if (std::byte* host = object_of(to).host())
        std::memcpy(host + offset, from, bytes);
    else
        engine_->transfers.upload(object_of(to), offset, from, bytes);
}

void Memory::download(const runtime::DeviceBuffer& from, std::size_t offset, void* to, std::size_t bytes) {
    if (bytes == 0) return;
    if (is_read_by_cpu(from, bytes, engine_->transfers))
        std::memcpy(to, object_of(from).host() + offset, bytes);
    else
        engine_->transfers.download(object_of(from), offset, to, bytes);
}

void Memory::copy(const runtime::DeviceBuffer& from, std::size_t from_offset, runtime::DeviceBuffer& to,
                  std::size_t to_offset, std::size_t bytes) {
    if (bytes == 0) return;
    const BufferObject &source = object_of(from), &target = object_of(to);
    if (target.host() != nullptr && is_read_by_cpu(from, bytes, engine_->transfers))
        std::memcpy(target.host() + to_offset, source.host() + from_offset, bytes);
    else
        engine_->transfers.copy(source, from_offset, target, to_offset, bytes);
}

void Memory::clear(runtime::DeviceBuffer& buffer, std::size_t offset, std::size_t bytes) {
    if (bytes == 0) return;
    if (std::byte* host = object_of(buffer).host())
        std::memset(host + offset, 0, bytes);
    else if (offset % 4 == 0 && bytes % 4 == 0)  // the GPU fills with words
        engine_->transfers.clear(object_of(buffer), offset, bytes);
    else
        DeviceMemory::clear(buffer, offset, bytes);
}

}  // namespace sporkle::amdgpu
