#include "targets/amdgpu/run/gpu.hpp"

#include <algorithm>
#include <vector>

#include <amdgpu_drm.h>
#include <sys/mman.h>

#include <sporkle/error.hpp>

namespace sporkle::amdgpu {
namespace {

/// Larger buffers begin where large page table entries can.
constexpr std::uint64_t large = 2 << 20;

}  // namespace

Gpu::Gpu(std::unique_ptr<Node> node)
    : node_(std::move(node)), facts_(read_facts(*node_)), addresses_(facts_.va_begin, facts_.va_end) {}

Gpu::~Gpu() { list_.reset(); }

Gpu::BufferList::BufferList(const Node& node, std::vector<std::uint32_t> handles, bool is_kept)
    : node_(node), handles_(std::move(handles)) {
    if (!is_kept) return;
    std::vector<drm_amdgpu_bo_list_entry> entries;
    for (const std::uint32_t handle : handles_) entries.push_back({handle, 0});
    drm_amdgpu_bo_list request{};
    request.in.operation = AMDGPU_BO_LIST_OP_CREATE;
    request.in.bo_number = static_cast<std::uint32_t>(entries.size());
    request.in.bo_info_size = sizeof(drm_amdgpu_bo_list_entry);
    request.in.bo_info_ptr = reinterpret_cast<std::uintptr_t>(entries.data());
    if (node_.try_request(DRM_IOCTL_AMDGPU_BO_LIST, &request) == 0) kept_ = request.out.list_handle;
}

Gpu::BufferList::~BufferList() {
    if (kept_ == 0) return;
    drm_amdgpu_bo_list request{};
    request.in.operation = AMDGPU_BO_LIST_OP_DESTROY;
    request.in.list_handle = kept_;
    node_.try_request(DRM_IOCTL_AMDGPU_BO_LIST, &request);
}

std::shared_ptr<const Gpu::BufferList> Gpu::buffer_list() {
    const std::lock_guard lock(mutex_);
    if (!list_)
        list_ =
            std::make_shared<const BufferList>(*node_, std::vector(buffers_.begin(), buffers_.end()), true);
    return list_;
}

std::shared_ptr<const Gpu::BufferList> Gpu::list_of(std::span<const BufferObject* const> buffers) {
    std::vector<std::uint32_t> handles;
    for (const BufferObject* buffer : buffers) handles.push_back(buffer->handle());
    return std::make_shared<const BufferList>(*node_, std::move(handles), false);
}

void Gpu::add(std::uint32_t handle) {
    const std::lock_guard lock(mutex_);
    buffers_.insert(handle);
    list_.reset();
}

void Gpu::remove(std::uint32_t handle) noexcept {
    const std::lock_guard lock(mutex_);
    if (buffers_.erase(handle) > 0) list_.reset();
}

BufferObject::BufferObject(std::shared_ptr<Gpu> gpu, std::size_t bytes, Domain domain, bool executable)
    : gpu_(std::move(gpu)) {
    const Node& node = gpu_->node();
    if (bytes > gpu_->facts().va_end)
        throw Error(ErrorCode::out_of_memory,
                    node.path() + ": no buffer has " + std::to_string(bytes) + " bytes");
    bytes_ = bytes == 0 ? page_bytes : (bytes + page_bytes - 1) / page_bytes * page_bytes;
    try {
        drm_amdgpu_gem_create create{};
        create.in.bo_size = bytes_;
        create.in.alignment = bytes_ >= large ? large : page_bytes;
        create.in.domains = domain == Domain::gtt ? AMDGPU_GEM_DOMAIN_GTT : AMDGPU_GEM_DOMAIN_VRAM;
        create.in.domain_flags = AMDGPU_GEM_CREATE_VRAM_CLEARED;
        if (domain == Domain::visible_vram) create.in.domain_flags |= AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED;
        if (domain == Domain::vram) create.in.domain_flags |= AMDGPU_GEM_CREATE_NO_CPU_ACCESS;
        if (domain == Domain::gtt) create.in.domain_flags = 0;
        node.request(DRM_IOCTL_AMDGPU_GEM_CREATE, &create, "making a buffer" + size());
        handle_ = create.out.handle;
        gpu_->add(handle_);
        map(create.in.alignment, executable);
        if (domain != Domain::vram) show_to_cpu();
    } catch (...) {
        release();
        throw;
    }
}

BufferObject::BufferObject(std::shared_ptr<Gpu> gpu, void* memory, std::size_t bytes)
    : gpu_(std::move(gpu)), bytes_(bytes) {
    try {
        drm_amdgpu_gem_userptr pin{};
        pin.addr = reinterpret_cast<std::uintptr_t>(memory);
        pin.size = bytes;
        pin.flags = AMDGPU_GEM_USERPTR_ANONONLY | AMDGPU_GEM_USERPTR_VALIDATE | AMDGPU_GEM_USERPTR_REGISTER;
        gpu_->node().request(DRM_IOCTL_AMDGPU_GEM_USERPTR, &pin, "showing the GPU memory" + size());
        handle_ = pin.handle;
        map(page_bytes, false);
    } catch (...) {
        release();
        throw;
    }
}

std::string BufferObject::size() const { return " of " + std::to_string(bytes_) + " bytes"; }

void BufferObject::map(std::uint64_t alignment, bool executable) {
    const auto address =
        gpu_->addresses().take(bytes_, std::max<std::uint64_t>(alignment, gpu_->facts().va_alignment));
    if (!address)
        throw Error(ErrorCode::out_of_memory,
                    gpu_->node().path() + ": no virtual addresses for a buffer" + size());
    address_ = *address;
    drm_amdgpu_gem_va map{};
    map.handle = handle_;
    map.operation = AMDGPU_VA_OP_MAP;
    map.flags = AMDGPU_VM_PAGE_READABLE | AMDGPU_VM_PAGE_WRITEABLE;
    if (executable) map.flags |= AMDGPU_VM_PAGE_EXECUTABLE;
    map.va_address = address_;
    map.map_size = bytes_;
    gpu_->node().request(DRM_IOCTL_AMDGPU_GEM_VA, &map, "mapping a buffer" + size());
    is_mapped_ = true;
}

void BufferObject::show_to_cpu() {
    const Node& node = gpu_->node();
    drm_amdgpu_gem_mmap place{};
    place.in.handle = handle_;
    node.request(DRM_IOCTL_AMDGPU_GEM_MMAP, &place, "showing a buffer to the CPU");
    void* mapped = nullptr;
    const int error = node.calls().mmap(bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, node.fd(),
                                        static_cast<std::int64_t>(place.out.addr_ptr), &mapped);
    if (error < 0)
        throw Error(ErrorCode::out_of_memory, node.path() + ": the CPU cannot map a buffer" + size());
    host_ = static_cast<std::byte*>(mapped);
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
