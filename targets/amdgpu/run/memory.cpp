#include "targets/amdgpu/run/memory.hpp"

#include <cstring>

namespace sporkle::amdgpu {
namespace {

class Buffer final : public runtime::DeviceBuffer {
  public:
    Buffer(const std::shared_ptr<Gpu>& gpu, std::size_t bytes, Domain domain)
        : object_(gpu, bytes, domain), bytes_(bytes) {}
    std::uint64_t address() const override { return object_.address(); }
    std::size_t bytes() const override { return bytes_; }
    std::byte* host() const override { return object_.host(); }

  private:
    BufferObject object_;
    std::size_t bytes_;
};

}  // namespace

std::unique_ptr<runtime::DeviceBuffer> Memory::allocate(std::size_t bytes) {
    return std::make_unique<Buffer>(engine_->gpu, bytes, engine_->array_domain());
}

void Memory::upload(runtime::DeviceBuffer& to, std::size_t offset, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to.host() + offset, from, bytes);
}

void Memory::download(const runtime::DeviceBuffer& from, std::size_t offset, void* to, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from.host() + offset, bytes);
}

}  // namespace sporkle::amdgpu
