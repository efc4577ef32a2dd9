#include "tests/amdgpu_emulator/other_kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <amdgpu_drm.h>
#include <sys/ioctl.h>

namespace sporkle::testing {
namespace {

constexpr std::size_t first_render_node = 128;
constexpr std::uint32_t version_number = _IOC_NR(DRM_IOCTL_VERSION);

}  // namespace

const std::string* OtherKernel::node_at(const std::string& path, std::size_t& number) const {
    const std::string prefix = taste.as_cards ? "/dev/dri/card" : "/dev/dri/renderD";
    const std::size_t first = taste.as_cards ? 0 : first_render_node;
    for (number = 0; number < taste.nodes.size(); ++number)
        if (path == prefix + std::to_string(first + number)) return &taste.nodes[number];
    return nullptr;
}

int OtherKernel::open(const char* path, int flags) {
    std::size_t number = 0;
    const std::string* const node = node_at(path, number);
    if (node == nullptr || *node == "empty") return -ENOENT;
    if (*node == "denied") return -EACCES;
    if (*node == "amdgpu") {
        const auto before =
            std::count(taste.nodes.begin(), taste.nodes.begin() + static_cast<long>(number), *node);
        const std::string real =
            "/dev/dri/renderD" + std::to_string(first_render_node + static_cast<std::size_t>(before));
        return kernel.open(real.c_str(), flags);
    }
    const std::lock_guard lock(mutex_);
    foreign_[next_foreign_] = *node;
    return next_foreign_++;
}

int OtherKernel::close(int fd) {
    {
        const std::lock_guard lock(mutex_);
        if (foreign_.erase(fd) > 0) return 0;
    }
    return kernel.close(fd);
}

int OtherKernel::group_of(const char* path, std::uint32_t* group) {
    std::size_t number = 0;
    if (node_at(path, number) == nullptr) return -ENOENT;
    *group = taste.group;
    return 0;
}

int OtherKernel::mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
                      void** address) {
    return kernel.mmap(length, protection, flags, fd, offset, address);
}

int OtherKernel::count(std::uint32_t request) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(request);
    return found == counts_.end() ? 0 : found->second;
}

int OtherKernel::ioctl(int fd, unsigned long request, void* argument) {
    {
        const std::lock_guard lock(mutex_);
        ++counts_[_IOC_NR(request)];
        if (taste.interrupts && ++step_ % 3 != 0) return step_ % 3 == 1 ? -EINTR : -EAGAIN;
        if (const auto found = foreign_.find(fd); found != foreign_.end()) {
            if (_IOC_NR(request) != version_number) return -EINVAL;
            auto& version = *static_cast<drm_version*>(argument);
            std::memcpy(version.name, found->second.data(), std::min(version.name_len, found->second.size()));
            version.name_len = found->second.size();
            version.version_major = 1;
            return 0;
        }
        if (taste.unknown_requests.contains(_IOC_NR(request))) return taste.unknown;
    }
    return answer(fd, request, argument);
}

int OtherKernel::answer(int fd, unsigned long request, void* argument) {
    switch (_IOC_NR(request)) {
        case version_number: {
            const int result = kernel.ioctl(fd, request, argument);
            static_cast<drm_version*>(argument)->version_major = taste.interface_major;
            return result;
        }
        case _IOC_NR(DRM_IOCTL_AMDGPU_INFO):
            return info(fd, argument);
        case _IOC_NR(DRM_IOCTL_AMDGPU_CS):
            return submit(fd, request, argument);
        case _IOC_NR(DRM_IOCTL_AMDGPU_GEM_VA): {
            const auto& va = *static_cast<const drm_amdgpu_gem_va*>(argument);
            if (va.va_address < taste.va_begin) return -EINVAL;
            if (taste.va_end != 0 && va.va_address + va.map_size > taste.va_end) return -EINVAL;
            if (taste.va_alignment != 0 && va.va_address % taste.va_alignment != 0) return -EINVAL;
            break;
        }
        case _IOC_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT):
            if (taste.hasty_timelines) return 0;
            break;
        case _IOC_NR(DRM_IOCTL_AMDGPU_WAIT_CS): {
            const std::lock_guard lock(mutex_);
            if (taste.early_answers == 0) break;
            --taste.early_answers;
            auto& wait = *static_cast<drm_amdgpu_wait_cs*>(argument);
            wait.out = {};
            wait.out.status = 1;
            return 0;
        }
    }
    return kernel.ioctl(fd, request, argument);
}

int OtherKernel::info(int fd, void* argument) {
    drm_amdgpu_info asked = *static_cast<const drm_amdgpu_info*>(argument);
    if (taste.unknown_queries.contains(asked.query)) return -EINVAL;
    void* const place = reinterpret_cast<void*>(asked.return_pointer);
    const std::uint32_t room = asked.return_size;
    union {
        std::byte bytes[1024];
        drm_amdgpu_info_device device;
        drm_amdgpu_info_hw_ip ip;
    } answer{};
    asked.return_pointer = reinterpret_cast<std::uintptr_t>(&answer);
    asked.return_size = std::min<std::uint32_t>(room, sizeof(answer));
    if (const int result = kernel.ioctl(fd, DRM_IOCTL_AMDGPU_INFO, &asked); result != 0) return result;
    if (asked.query == AMDGPU_INFO_DEV_INFO) {
        if (taste.va_begin != 0) answer.device.virtual_address_offset = taste.va_begin;
        if (taste.va_end != 0) answer.device.virtual_address_max = taste.va_end;
        if (taste.va_alignment != 0) answer.device.virtual_address_alignment = taste.va_alignment;
        if (!taste.has_clock) answer.device.gpu_counter_freq = 0;
    }
    if (asked.query == AMDGPU_INFO_HW_IP_INFO) {
        answer.ip.available_rings &= taste.compute_rings;
        answer.ip.ib_size_alignment = taste.ib_alignment;
    }
    std::uint32_t known = room;
    if (const auto found = taste.info_bytes.find(asked.query); found != taste.info_bytes.end())
        known = std::min(room, found->second);
    std::memcpy(place, &answer, std::min<std::size_t>(known, sizeof(answer)));
    return 0;
}

int OtherKernel::submit(int fd, unsigned long request, void* argument) {
    const auto& in = static_cast<const drm_amdgpu_cs*>(argument)->in;
    drm_amdgpu_cs_chunk_ib* first_ib = nullptr;
    const auto* pointers = reinterpret_cast<const std::uint64_t*>(in.chunks);
    for (std::uint32_t n = 0; n < in.num_chunks; ++n) {
        const auto& chunk = *reinterpret_cast<const drm_amdgpu_cs_chunk*>(pointers[n]);
        if (taste.unknown_chunks.contains(chunk.chunk_id)) return -EINVAL;
        if (chunk.chunk_id != AMDGPU_CHUNK_ID_IB) continue;
        auto& ib = *reinterpret_cast<drm_amdgpu_cs_chunk_ib*>(chunk.chunk_data);
        if (first_ib == nullptr) first_ib = &ib;
        if (ib.ib_bytes % taste.ib_alignment != 0) return -EINVAL;
        if (ib.ring >= 32 || !(taste.compute_rings >> ib.ring & 1)) return -EINVAL;
    }
    {
        const std::lock_guard lock(mutex_);
        if (taste.shortages > 0) {
            --taste.shortages;
            return -ENOMEM;
        }
        if (taste.wild_packets > 0 && first_ib != nullptr) {
            --taste.wild_packets;
            first_ib->va_start = 0x7000'0000'0000;
        }
    }
    return kernel.ioctl(fd, request, argument);
}

}  // namespace sporkle::testing
