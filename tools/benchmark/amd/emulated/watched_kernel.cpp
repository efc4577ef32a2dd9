#include "tools/benchmark/amd/emulated/watched_kernel.hpp"

#include <amdgpu_drm.h>

#include <cerrno>
#include <cstring>
#include <variant>

#include "runtime/device.hpp"
#include "targets/amdgpu/pm4/decode.hpp"
#include "targets/amdgpu/run/driver.hpp"
#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench::amd {
namespace {

class WatchedTarget final : public runtime::RunTarget {
  public:
    WatchedTarget(WatchedKernel& kernel, std::string name) : kernel_(kernel), name_(std::move(name)) {}
    std::string target() const override { return "amdgpu"; }
    std::string family() const override { return name_.substr(0, name_.find(':')); }
    std::vector<std::unique_ptr<runtime::Device>> open(Executor&, std::vector<std::string>&) const override {
        std::vector<std::unique_ptr<runtime::Device>> devices;
        devices.push_back(sporkle::amdgpu::open_device(kernel_, name_));
        return devices;
    }

  private:
    WatchedKernel& kernel_;
    std::string name_;
};

}  // namespace

WatchedKernel::WatchedKernel(const std::string& chip)
    : chip_(sporkle::amdgpu::chip_named(chip)), kernel_({chip}) {}

int WatchedKernel::ioctl(int fd, unsigned long request, void* argument) {
    if (request == DRM_IOCTL_AMDGPU_CS) {
        submitted_at_ = now();
        ++submissions_;
        if (at_once_) return answer(argument);
    }
    if (at_once_ && request == DRM_IOCTL_AMDGPU_WAIT_CS) {
        static_cast<drm_amdgpu_wait_cs*>(argument)->out.status = 0;
        return 0;
    }
    std::uint32_t mapped = 0;  // the answer lies where the question was
    if (request == DRM_IOCTL_AMDGPU_GEM_MMAP) mapped = static_cast<drm_amdgpu_gem_mmap*>(argument)->in.handle;
    const int result = kernel_.ioctl(fd, request, argument);
    if (result < 0) return result;
    if (request == DRM_IOCTL_AMDGPU_GEM_MMAP)
        offsets_[static_cast<drm_amdgpu_gem_mmap*>(argument)->out.addr_ptr] = mapped;
    if (request == DRM_IOCTL_AMDGPU_GEM_VA) {
        const auto& place = *static_cast<drm_amdgpu_gem_va*>(argument);
        if (place.operation == AMDGPU_VA_OP_MAP) buffers_[place.va_address] = place.handle;
        if (place.operation == AMDGPU_VA_OP_UNMAP) buffers_.erase(place.va_address);
    }
    return result;
}

int WatchedKernel::mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
                        void** address) {
    const int result = kernel_.mmap(length, protection, flags, fd, offset, address);
    const auto buffer = offsets_.find(static_cast<std::uint64_t>(offset));
    if (result == 0 && buffer != offsets_.end()) hosts_[buffer->second] = static_cast<std::byte*>(*address);
    return result;
}

std::byte* WatchedKernel::host(std::uint64_t address) const {
    auto after = buffers_.upper_bound(address);
    if (after == buffers_.begin()) return nullptr;
    --after;
    const auto found = hosts_.find(after->second);
    return found == hosts_.end() ? nullptr : found->second + (address - after->first);
}

int WatchedKernel::answer(void* submission) {
    namespace pm4 = sporkle::amdgpu::pm4;
    auto& request = *static_cast<drm_amdgpu_cs*>(submission);
    const auto* chunks = reinterpret_cast<const std::uint64_t*>(request.in.chunks);
    for (std::uint32_t n = 0; n < request.in.num_chunks; ++n) {
        const auto& chunk = *reinterpret_cast<const drm_amdgpu_cs_chunk*>(chunks[n]);
        if (chunk.chunk_id != AMDGPU_CHUNK_ID_IB) continue;
        const auto& ib = *reinterpret_cast<const drm_amdgpu_cs_chunk_ib*>(chunk.chunk_data);
        const std::byte* const words = host(ib.va_start);
        if (words == nullptr) return -EFAULT;
        const std::span stream(reinterpret_cast<const std::uint32_t*>(words), ib.ib_bytes / 4);
        for (const pm4::Packet& packet : pm4::decode(stream, chip_)) {
            const auto* release = std::get_if<pm4::ReleaseMem>(&packet.contents);
            constexpr auto fences = static_cast<std::uint8_t>(pm4::ReleaseData::all_64);
            if (release == nullptr || release->data_sel != fences) continue;
            std::byte* const fence = host(release->address);
            if (fence == nullptr) return -EFAULT;
            std::memcpy(fence, &release->data, sizeof release->data);
        }
    }
    std::memset(&request.out, 0, sizeof request.out);
    request.out.handle = static_cast<std::uint64_t>(submissions_);
    return 0;
}

std::vector<sporkle::amdgpu::emulator::DispatchReport> WatchedKernel::take_dispatches() {
    auto reports = kernel_.dispatches(0);
    kernel_.clear_dispatches(0);
    return reports;
}

void add_watched_device(WatchedKernel& kernel, const std::string& name) {
    runtime::add_run_target(std::make_unique<WatchedTarget>(kernel, name));
}

}  // namespace sporkle::bench::amd
