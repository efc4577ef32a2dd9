#include "targets/amdgpu/run/gpu.hpp"

#include <algorithm>
#include <vector>

#include <amdgpu_drm.h>
#include <sys/mman.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

/// Larger buffers begin where large page table entries can.
constexpr std::uint64_t page = 4096, large = 2 << 20;

}  // namespace

Gpu::Gpu(std::unique_ptr<Node> node)
    : node_(std::move(node)), facts_(read_facts(*node_)), addresses_(facts_.va_begin, facts_.va_end) {}

Gpu::~Gpu() { list_.reset(); }

Gpu::BufferList::~BufferList() {
    drm_amdgpu_bo_list request{};
    request.in.operation = AMDGPU_BO_LIST_OP_DESTROY;
    request.in.list_handle = handle_;
    node_.try_request(DRM_IOCTL_AMDGPU_BO_LIST, &request);
}

std::shared_ptr<const Gpu::BufferList> Gpu::buffer_list() {
    const std::lock_guard lock(mutex_);
    if (list_) return list_;
    std::vector<drm_amdgpu_bo_list_entry> entries;
    for (const std::uint32_t handle : buffers_) entries.push_back({handle, 0});
    drm_amdgpu_bo_list request{};
    request.in.operation = AMDGPU_BO_LIST_OP_CREATE;
    request.in.bo_number = static_cast<std::uint32_t>(entries.size());
    request.in.bo_info_size = sizeof(drm_amdgpu_bo_list_entry);
    request.in.bo_info_ptr = reinterpret_cast<std::uintptr_t>(entries.data());
    node_->request(DRM_IOCTL_AMDGPU_BO_LIST, &request,
                   "listing " + std::to_string(entries.size()) + " buffers");
    list_ = std::make_shared<const BufferList>(*node_, request.out.list_handle);
    return list_;
}

void Gpu::add(std::uint32_t handle) {
    const std::lock_guard lock(mutex_);
    buffers_.insert(handle);
    list_.reset();
}

void Gpu::remove(std::uint32_t handle) noexcept {
    const std::lock_guard lock(mutex_);
    buffers_.erase(handle);
    list_.reset();
}

BufferObject::BufferObject(std::shared_ptr<Gpu> gpu, std::size_t bytes, Domain domain, bool executable)
    : gpu_(std::move(gpu)) {
    const Node& node = gpu_->node();
    if (bytes > gpu_->facts().va_end)
        throw Error(ErrorCode::out_of_memory,
                    node.path() + ": no buffer has " + std::to_string(bytes) + " bytes");
    bytes_ = bytes == 0 ? page : (bytes + page - 1) / page * page;
    const std::string what = " of " + std::to_string(bytes_) + " bytes";
    try {
        drm_amdgpu_gem_create create{};
        create.in.bo_size = bytes_;
        create.in.alignment = bytes_ >= large ? large : page;
        create.in.domains = domain == Domain::gtt ? AMDGPU_GEM_DOMAIN_GTT : AMDGPU_GEM_DOMAIN_VRAM;
        create.in.domain_flags = AMDGPU_GEM_CREATE_VRAM_CLEARED;
        if (domain == Domain::visible_vram) create.in.domain_flags |= AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED;
        if (domain == Domain::vram) create.in.domain_flags |= AMDGPU_GEM_CREATE_NO_CPU_ACCESS;
        if (domain == Domain::gtt) create.in.domain_flags = 0;
        node.request(DRM_IOCTL_AMDGPU_GEM_CREATE, &create, "making a buffer" + what);
        handle_ = create.out.handle;
        gpu_->add(handle_);

        const auto address = gpu_->addresses().take(
            bytes_, std::max<std::uint64_t>(create.in.alignment, gpu_->facts().va_alignment));
        if (!address)
            throw Error(ErrorCode::out_of_memory, node.path() + ": no virtual addresses for a buffer" + what);
        address_ = *address;
        drm_amdgpu_gem_va map{};
        map.handle = handle_;
        map.operation = AMDGPU_VA_OP_MAP;
        map.flags = AMDGPU_VM_PAGE_READABLE | AMDGPU_VM_PAGE_WRITEABLE;
        if (executable) map.flags |= AMDGPU_VM_PAGE_EXECUTABLE;
        map.va_address = address_;
        map.map_size = bytes_;
        node.request(DRM_IOCTL_AMDGPU_GEM_VA, &map, "mapping a buffer" + what);
        is_mapped_ = true;

        if (domain == Domain::vram) return;
        drm_amdgpu_gem_mmap place{};
        place.in.handle = handle_;
        node.request(DRM_IOCTL_AMDGPU_GEM_MMAP, &place, "showing a buffer to the CPU");
        void* mapped = nullptr;
        const int error = node.calls().mmap(bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, node.fd(),
                                            static_cast<std::int64_t>(place.out.addr_ptr), &mapped);
        if (error < 0)
            throw Error(ErrorCode::out_of_memory, node.path() + ": the CPU cannot map a buffer" + what);
        host_ = static_cast<std::byte*>(mapped);
    } catch (...) {
        release();
        throw;
    }
}

BufferObject::~BufferObject() { release(); }

void BufferObject::release() noexcept {
    const Node& node = gpu_->node();
    if (host_ != nullptr) node.calls().munmap(host_, bytes_);
    if (is_mapped_) {
        drm_amdgpu_gem_va unmap{};
        unmap.handle = handle_;
        unmap.operation = AMDGPU_VA_OP_UNMAP;
        unmap.va_address = address_;
        unmap.map_size = bytes_;
        node.try_request(DRM_IOCTL_AMDGPU_GEM_VA, &unmap);
    }
    if (address_ != 0) gpu_->addresses().give(address_, bytes_);
    if (handle_ != 0) {
        gpu_->remove(handle_);
        drm_gem_close close{};
        close.handle = handle_;
        node.try_request(DRM_IOCTL_GEM_CLOSE, &close);
    }
}

}  // namespace sporkle::amdgpu
