// Buffers: GEM_CREATE, GEM_MMAP, GEM_CLOSE, GEM_USERPTR, GEM_WAIT_IDLE, BO_LIST.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"
#include "targets/amdgpu/emulator/kernel/process_memory.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

// Flags that headers of Debian 12 do not name.
constexpr std::uint64_t discardable = 1 << 12, gfx12_dcc = 1 << 16;
constexpr std::uint64_t accepted_flags =
    AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED | AMDGPU_GEM_CREATE_NO_CPU_ACCESS | AMDGPU_GEM_CREATE_CPU_GTT_USWC |
    AMDGPU_GEM_CREATE_VRAM_CLEARED | AMDGPU_GEM_CREATE_VM_ALWAYS_VALID | AMDGPU_GEM_CREATE_EXPLICIT_SYNC |
    AMDGPU_GEM_CREATE_ENCRYPTED | discardable | gfx12_dcc;
constexpr std::uint32_t most_list_entries = 128 * 1024;
constexpr int garbage = 0xcd;  ///< what VRAM has that nobody asked to be cleared

unsigned long long wide(std::uint64_t value) { return value; }
std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + page_bytes - 1) / page_bytes * page_bytes; }

}  // namespace

std::shared_ptr<Buffer> OpenFile::buffer(std::uint32_t handle) const {
    const auto found = buffers_.find(handle);
    return found == buffers_.end() ? nullptr : found->second;
}

std::uint32_t OpenFile::add(std::shared_ptr<Buffer> buffer) {
    // Distinct among all files of the process, so that one cannot map another's buffers.
    static std::atomic<std::uint64_t> next_place{std::uint64_t{1} << 40};
    const std::uint32_t handle = next_buffer_++;
    buffer->number = handle;
    buffer->mmap_offset = next_place.fetch_add(buffer->bytes + page_bytes);
    buffers_[handle] = std::move(buffer);
    return handle;
}

std::shared_ptr<Buffer> OpenFile::at_mmap_offset(std::uint64_t offset, std::uint64_t& in_buffer) const {
    for (const auto& [handle, buffer] : buffers_) {
        if (offset < buffer->mmap_offset || offset >= buffer->mmap_offset + buffer->bytes) continue;
        in_buffer = offset - buffer->mmap_offset;
        return buffer;
    }
    return nullptr;
}

int OpenFile::gem_create(drm_amdgpu_gem_create& request) {
    const drm_amdgpu_gem_create_in in = request.in;
    if (in.domain_flags & ~accepted_flags)
        return shared_.refuse(
            -EINVAL, formatted("GEM_CREATE: flags 0x%llx have bits 0x%llx, which programs may not set",
                               wide(in.domain_flags), wide(in.domain_flags & ~accepted_flags)));
    if (in.domains & ~std::uint64_t{AMDGPU_GEM_DOMAIN_MASK})
        return shared_.refuse(-EINVAL, formatted("GEM_CREATE: domains 0x%llx are unknown", wide(in.domains)));
    if (in.domain_flags & (AMDGPU_GEM_CREATE_ENCRYPTED | gfx12_dcc))
        return shared_.refuse(
            -EINVAL, formatted("GEM_CREATE: flags 0x%llx need what this GPU has not", wide(in.domain_flags)));
    constexpr std::uint64_t usable = AMDGPU_GEM_DOMAIN_VRAM | AMDGPU_GEM_DOMAIN_GTT;
    if ((in.domains & usable) == 0 || (in.domains & ~usable) != 0)
        return shared_.refuse(-EINVAL,
                              formatted("GEM_CREATE: domains 0x%llx: only VRAM (4) and GTT (2) are emulated",
                                        wide(in.domains)));
    if (in.bo_size == 0) return shared_.refuse(-EINVAL, "GEM_CREATE: a buffer of 0 bytes");
    const GpuModel& model = node_->model();
    const bool in_vram = in.domains & AMDGPU_GEM_DOMAIN_VRAM;
    const std::uint64_t limit =
        std::max(in_vram ? model.vram_bytes : 0, in.domains & AMDGPU_GEM_DOMAIN_GTT ? model.gtt_bytes : 0);
    if (in.bo_size > limit)
        return shared_.refuse(
            -ENOMEM, formatted("GEM_CREATE: %llu bytes; the heap has %llu", wide(in.bo_size), wide(limit)));
    auto made = std::make_shared<Buffer>();
    const std::uint64_t bytes = whole_pages(in.bo_size);
    // Where that part is full, the kernel moves others out of it; here the program had better not need more.
    const std::uint64_t visible = std::min(shared_.options.visible_vram_bytes, model.vram_bytes);
    if (in_vram && in.domain_flags & AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED &&
        bytes > visible - std::min(visible, node_->visible_bytes()))
        return shared_.refuse(
            -ENOMEM, formatted("GEM_CREATE: %llu bytes where the CPU sees them; all of that has %llu",
                               wide(bytes), wide(visible)));
    const std::uint64_t alignment = whole_pages(std::max<std::uint64_t>(in.alignment, 1));
    {
        const std::shared_ptr<SharedMemory>& memory = node_->memory();
        const std::lock_guard lock(memory->mutex);
        std::optional<std::uint64_t> place;
        for (const Heap heap : {Heap::vram, Heap::gtt}) {
            const std::uint64_t domain = heap == Heap::vram ? AMDGPU_GEM_DOMAIN_VRAM : AMDGPU_GEM_DOMAIN_GTT;
            if (place || !(in.domains & domain)) continue;
            made->heap = heap;
            place = memory->memory.allocate(heap, bytes, alignment);
        }
        if (!place)
            return shared_.refuse(-ENOMEM, formatted("GEM_CREATE: no room for %llu bytes", wide(bytes)));
        made->memory = memory;
        made->offset = *place;
        made->host = memory->memory.at(*place);
    }
    made->bytes = bytes;
    made->flags = in.domain_flags;
    made->always_valid = in.domain_flags & AMDGPU_GEM_CREATE_VM_ALWAYS_VALID;
    if (made->heap == Heap::vram) {
        if (!(in.domain_flags & AMDGPU_GEM_CREATE_VRAM_CLEARED)) std::memset(made->host, garbage, bytes);
        auto& all = node_->vram_buffers();
        std::erase_if(all, [](const auto& weak) { return weak.expired(); });
        all.push_back(made);
    }
    request.out = {add(std::move(made)), 0};
    return 0;
}

int OpenFile::gem_mmap(drm_amdgpu_gem_mmap& request) {
    const std::shared_ptr<Buffer> found = buffer(request.in.handle);
    if (!found)
        return shared_.refuse(-ENOENT, formatted("GEM_MMAP: handle %u is unknown", request.in.handle));
    if (!found->memory || found->flags & AMDGPU_GEM_CREATE_NO_CPU_ACCESS)
        return shared_.refuse(
            -EPERM, formatted("GEM_MMAP: buffer %u was made without access by the CPU", request.in.handle));
    request.out.addr_ptr = found->mmap_offset;
    return 0;
}

int OpenFile::gem_close(const drm_gem_close& request) {
    const std::shared_ptr<Buffer> found = buffer(request.handle);
    if (!found) return shared_.refuse(-EINVAL, formatted("GEM_CLOSE: handle %u is unknown", request.handle));
    table_->unmap_all(found.get());
    buffers_.erase(request.handle);
    return 0;
}

int OpenFile::gem_userptr(drm_amdgpu_gem_userptr& request) {
    constexpr std::uint32_t known = AMDGPU_GEM_USERPTR_READONLY | AMDGPU_GEM_USERPTR_ANONONLY |
                                    AMDGPU_GEM_USERPTR_VALIDATE | AMDGPU_GEM_USERPTR_REGISTER;
    if ((request.addr | request.size) % page_bytes != 0 || request.size == 0)
        return shared_.refuse(-EINVAL,
                              formatted("GEM_USERPTR: address 0x%llx and size %llu are no whole pages",
                                        wide(request.addr), wide(request.size)));
    if (request.flags & ~known)
        return shared_.refuse(-EINVAL, formatted("GEM_USERPTR: flags 0x%x are unknown", request.flags));
    if (!(request.flags & (AMDGPU_GEM_USERPTR_READONLY | AMDGPU_GEM_USERPTR_REGISTER)))
        return shared_.refuse(-EACCES, "GEM_USERPTR: memory that may be written has to be REGISTERed");
    // Without it the kernel could not hear of changes, so it looks at no pages (amdgpu_hmm.c).
    if (request.flags & AMDGPU_GEM_USERPTR_VALIDATE) {
        if (!(request.flags & AMDGPU_GEM_USERPTR_REGISTER))
            return shared_.refuse(-EFAULT, "GEM_USERPTR: VALIDATE needs REGISTER");
        if (const int error = check_process_memory(request.addr, request.size,
                                                   !(request.flags & AMDGPU_GEM_USERPTR_READONLY),
                                                   request.flags & AMDGPU_GEM_USERPTR_ANONONLY);
            error != 0)
            return shared_.refuse(error, formatted("GEM_USERPTR: 0x%llx bytes at 0x%llx are not memory of "
                                                   "the program that it may have the GPU use",
                                                   wide(request.size), wide(request.addr)));
    }
    auto made = std::make_shared<Buffer>();
    made->bytes = request.size;
    made->host = reinterpret_cast<std::byte*>(request.addr);
    request.handle = add(std::move(made));
    return 0;
}

int OpenFile::gem_wait_idle(drm_amdgpu_gem_wait_idle& request, Lock& lock) {
    const std::shared_ptr<Buffer> found = buffer(request.in.handle);
    if (!found)
        return shared_.refuse(-ENOENT, formatted("GEM_WAIT_IDLE: handle %u is unknown", request.in.handle));
    const Fences users = found->users;
    const bool idle = shared_.wait_until(lock, static_cast<std::int64_t>(request.in.timeout),
                                         [&] { return all_signaled(users); });
    request.out.status = !idle;
    request.out.domain = 0;
    return 0;
}

int OpenFile::read_list(const char* what, const void* entries, std::uint32_t count, std::uint32_t entry_bytes,
                        std::vector<std::shared_ptr<Buffer>>& list) {
    if (count > most_list_entries)
        return shared_.refuse(
            -EINVAL, formatted("%s: %u buffers; there are at most %u", what, count, most_list_entries));
    if (count != 0 && entries == nullptr) return shared_.refuse(-EFAULT, formatted("%s: no entries", what));
    for (std::uint32_t n = 0; n < count; ++n) {
        drm_amdgpu_bo_list_entry entry{};
        std::memcpy(&entry, static_cast<const std::byte*>(entries) + std::size_t{n} * entry_bytes,
                    std::min<std::size_t>(entry_bytes, sizeof(entry)));
        std::shared_ptr<Buffer> found = buffer(entry.bo_handle);
        if (!found)
            return shared_.refuse(-ENOENT,
                                  formatted("%s: entry %u: handle %u is unknown", what, n, entry.bo_handle));
        list.push_back(std::move(found));
    }
    return 0;
}

int OpenFile::buffer_list(drm_amdgpu_bo_list& request) {
    const drm_amdgpu_bo_list_in in = request.in;
    std::vector<std::shared_ptr<Buffer>> list;
    if (const int error = read_list("BO_LIST", reinterpret_cast<const void*>(in.bo_info_ptr), in.bo_number,
                                    in.bo_info_size, list);
        error != 0)
        return error;
    switch (in.operation) {
        case AMDGPU_BO_LIST_OP_CREATE:
            lists_[next_list_] = std::move(list);
            request.out = {next_list_++, 0};
            return 0;
        case AMDGPU_BO_LIST_OP_DESTROY:
            if (lists_.erase(in.list_handle) == 0)
                shared_.note(
                    formatted("BO_LIST: list %u, which is to be destroyed, is unknown", in.list_handle));
            request.out = {in.list_handle, 0};
            return 0;
        case AMDGPU_BO_LIST_OP_UPDATE:
            if (!lists_.contains(in.list_handle))
                return shared_.refuse(-ENOENT, formatted("BO_LIST: list %u is unknown", in.list_handle));
            lists_[in.list_handle] = std::move(list);
            request.out = {in.list_handle, 0};
            return 0;
        default:
            return shared_.refuse(-EINVAL, formatted("BO_LIST: operation %u is unknown", in.operation));
    }
}

}  // namespace sporkle::amdgpu::emulator
