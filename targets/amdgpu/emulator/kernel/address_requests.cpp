// Virtual addresses: GEM_VA, VM.
#include <cerrno>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr std::uint32_t no_alloc = 1 << 9;  // AMDGPU_VM_PAGE_NOALLOC of newer headers
constexpr std::uint32_t accepted_flags = AMDGPU_VM_DELAY_UPDATE | AMDGPU_VM_PAGE_READABLE |
                                         AMDGPU_VM_PAGE_WRITEABLE | AMDGPU_VM_PAGE_EXECUTABLE |
                                         AMDGPU_VM_MTYPE_MASK | no_alloc;
constexpr std::uint32_t accepted_prt_flags = AMDGPU_VM_DELAY_UPDATE | AMDGPU_VM_PAGE_PRT;

unsigned long long wide(std::uint64_t value) { return value; }

}  // namespace

int OpenFile::check_addresses(std::uint64_t address, std::uint64_t offset, std::uint64_t bytes,
                              std::uint64_t buffer_bytes) {
    if (address % page_bytes || offset % page_bytes || bytes % page_bytes || bytes == 0)
        return shared_.refuse(
            -EINVAL, formatted("GEM_VA: address 0x%llx, offset 0x%llx and size 0x%llx have to be whole pages",
                               wide(address), wide(offset), wide(bytes)));
    if (address + bytes <= address || offset + bytes < offset || offset + bytes > buffer_bytes)
        return shared_.refuse(
            -EINVAL, formatted("GEM_VA: offset 0x%llx and size 0x%llx reach beyond the buffer's 0x%llx",
                               wide(offset), wide(bytes), wide(buffer_bytes)));
    return 0;
}

int OpenFile::gem_va(const drm_amdgpu_gem_va& request) {
    if (request.va_address < reserved_bottom)
        return shared_.refuse(-EINVAL, formatted("GEM_VA: address 0x%llx is below 0x%llx, which is reserved",
                                                 wide(request.va_address), wide(reserved_bottom)));
    if (request.va_address >= hole_begin && request.va_address < hole_end)
        return shared_.refuse(-EINVAL, formatted("GEM_VA: address 0x%llx lies in the hole between 0x%llx and "
                                                 "0x%llx",
                                                 wide(request.va_address), wide(hole_begin), wide(hole_end)));
    const std::uint64_t address = request.va_address & (address_space_bytes - 1);
    if (address + request.map_size > address_space_bytes - reserved_top)
        return shared_.refuse(-EINVAL,
                              formatted("GEM_VA: 0x%llx bytes at 0x%llx reach into what is reserved at "
                                        "the top",
                                        wide(request.map_size), wide(request.va_address)));
    const bool is_prt = request.flags & AMDGPU_VM_PAGE_PRT;
    if ((request.flags & ~accepted_flags) && (request.flags & ~accepted_prt_flags))
        return shared_.refuse(-EINVAL, formatted("GEM_VA: flags 0x%x are not allowed", request.flags));
    if (request.operation < AMDGPU_VA_OP_MAP || request.operation > AMDGPU_VA_OP_REPLACE)
        return shared_.refuse(-EINVAL, formatted("GEM_VA: operation %u is unknown", request.operation));
    std::shared_ptr<Buffer> found;
    if (request.operation != AMDGPU_VA_OP_CLEAR && !is_prt) {
        found = buffer(request.handle);
        if (!found) return shared_.refuse(-ENOENT, formatted("GEM_VA: handle %u is unknown", request.handle));
    }
    switch (request.operation) {
        case AMDGPU_VA_OP_MAP:
            return map(request, found, address);
        case AMDGPU_VA_OP_UNMAP:
            if (table_->unmap(found.get(), address)) return 0;
            return shared_.refuse(-ENOENT, formatted("GEM_VA: no mapping of buffer %u begins at 0x%llx",
                                                     request.handle, wide(request.va_address)));
        case AMDGPU_VA_OP_REPLACE:
        case AMDGPU_VA_OP_CLEAR: {
            const bool is_clear = request.operation == AMDGPU_VA_OP_CLEAR;
            const std::uint64_t all = found ? found->bytes : ~std::uint64_t{0};
            if (const int error =
                    check_addresses(address, is_clear ? 0 : request.offset_in_bo, request.map_size, all);
                error != 0)
                return error;
            table_->clear(address, address + request.map_size);
            return is_clear ? 0 : map(request, found, address);
        }
    }
    return 0;
}

int OpenFile::map(const drm_amdgpu_gem_va& request, const std::shared_ptr<Buffer>& buffer,
                  std::uint64_t address) {
    const std::uint64_t all = buffer ? buffer->bytes : ~std::uint64_t{0};
    if (const int error = check_addresses(address, request.offset_in_bo, request.map_size, all); error != 0)
        return error;
    const std::uint64_t end = address + request.map_size;
    if (const std::string other = table_->overlap(address, end); !other.empty())
        return shared_.refuse(
            -EINVAL, formatted("GEM_VA: 0x%llx to 0x%llx overlaps what is mapped already: %s", wide(address),
                               wide(end), other.c_str()));
    Mapping mapping;
    mapping.begin = address;
    mapping.end = end;
    mapping.buffer = buffer;
    mapping.offset = request.offset_in_bo;
    mapping.readable = request.flags & AMDGPU_VM_PAGE_READABLE;
    mapping.writable = request.flags & AMDGPU_VM_PAGE_WRITEABLE;
    mapping.executable = request.flags & AMDGPU_VM_PAGE_EXECUTABLE;
    const std::uint32_t type = request.flags & AMDGPU_VM_MTYPE_MASK;
    mapping.cached = type != AMDGPU_VM_MTYPE_UC && type != AMDGPU_VM_MTYPE_CC;
    table_->map(std::move(mapping));
    return 0;
}

int OpenFile::vm(drm_amdgpu_vm& request) {
    if (request.in.op != AMDGPU_VM_OP_RESERVE_VMID && request.in.op != AMDGPU_VM_OP_UNRESERVE_VMID)
        return shared_.refuse(-EINVAL, formatted("VM: operation %u is unknown", request.in.op));
    return 0;  // a number of an address space matters to nothing here
}

}  // namespace sporkle::amdgpu::emulator
