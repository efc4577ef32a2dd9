#include "targets/amdgpu/emulator/kernel/requests.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/ioctl.h>

namespace sporkle::amdgpu::emulator {
namespace {

struct Row {
    unsigned long request;
    const char* name;
    int (*answer)(OpenFile& file, void* structure, Lock& lock);
};

template <class T, int (OpenFile::*member)(T&)>
int plain(OpenFile& file, void* structure, Lock&) {
    return (file.*member)(*static_cast<T*>(structure));
}
template <class T, int (OpenFile::*member)(const T&)>
int reading(OpenFile& file, void* structure, Lock&) {
    return (file.*member)(*static_cast<const T*>(structure));
}
template <class T, int (OpenFile::*member)(T&, Lock&)>
int waiting(OpenFile& file, void* structure, Lock& lock) {
    return (file.*member)(*static_cast<T*>(structure), lock);
}

constexpr Row table[] = {
    {DRM_IOCTL_VERSION, "VERSION", plain<drm_version, &OpenFile::version>},
    {DRM_IOCTL_GET_CAP, "GET_CAP", plain<drm_get_cap, &OpenFile::capability>},
    {DRM_IOCTL_GEM_CLOSE, "GEM_CLOSE", reading<drm_gem_close, &OpenFile::gem_close>},
    {DRM_IOCTL_AMDGPU_INFO, "INFO", plain<drm_amdgpu_info, &OpenFile::info>},
    {DRM_IOCTL_AMDGPU_CTX, "CTX", plain<drm_amdgpu_ctx, &OpenFile::context>},
    {DRM_IOCTL_AMDGPU_GEM_CREATE, "GEM_CREATE", plain<drm_amdgpu_gem_create, &OpenFile::gem_create>},
    {DRM_IOCTL_AMDGPU_GEM_MMAP, "GEM_MMAP", plain<drm_amdgpu_gem_mmap, &OpenFile::gem_mmap>},
    {DRM_IOCTL_AMDGPU_GEM_VA, "GEM_VA", reading<drm_amdgpu_gem_va, &OpenFile::gem_va>},
    {DRM_IOCTL_AMDGPU_GEM_USERPTR, "GEM_USERPTR", plain<drm_amdgpu_gem_userptr, &OpenFile::gem_userptr>},
    {DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE, "GEM_WAIT_IDLE",
     waiting<drm_amdgpu_gem_wait_idle, &OpenFile::gem_wait_idle>},
    {DRM_IOCTL_AMDGPU_BO_LIST, "BO_LIST", plain<drm_amdgpu_bo_list, &OpenFile::buffer_list>},
    {DRM_IOCTL_AMDGPU_VM, "VM", plain<drm_amdgpu_vm, &OpenFile::vm>},
    {DRM_IOCTL_AMDGPU_CS, "CS", waiting<drm_amdgpu_cs, &OpenFile::submit>},
    {DRM_IOCTL_AMDGPU_WAIT_CS, "WAIT_CS", waiting<drm_amdgpu_wait_cs, &OpenFile::wait_submission>},
    {DRM_IOCTL_AMDGPU_WAIT_FENCES, "WAIT_FENCES", waiting<drm_amdgpu_wait_fences, &OpenFile::wait_fences>},
    {DRM_IOCTL_AMDGPU_FENCE_TO_HANDLE, "FENCE_TO_HANDLE",
     plain<drm_amdgpu_fence_to_handle, &OpenFile::fence_to_handle>},
    {DRM_IOCTL_SYNCOBJ_CREATE, "SYNCOBJ_CREATE", plain<drm_syncobj_create, &OpenFile::syncobj_create>},
    {DRM_IOCTL_SYNCOBJ_DESTROY, "SYNCOBJ_DESTROY", reading<drm_syncobj_destroy, &OpenFile::syncobj_destroy>},
    {DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, "SYNCOBJ_HANDLE_TO_FD",
     plain<drm_syncobj_handle, &OpenFile::syncobj_to_descriptor>},
    {DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, "SYNCOBJ_FD_TO_HANDLE",
     plain<drm_syncobj_handle, &OpenFile::syncobj_from_descriptor>},
    {DRM_IOCTL_SYNCOBJ_WAIT, "SYNCOBJ_WAIT", waiting<drm_syncobj_wait, &OpenFile::syncobj_wait>},
    {DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, "SYNCOBJ_TIMELINE_WAIT",
     waiting<drm_syncobj_timeline_wait, &OpenFile::syncobj_timeline_wait>},
    {DRM_IOCTL_SYNCOBJ_RESET, "SYNCOBJ_RESET", reading<drm_syncobj_array, &OpenFile::syncobj_reset>},
    {DRM_IOCTL_SYNCOBJ_SIGNAL, "SYNCOBJ_SIGNAL", reading<drm_syncobj_array, &OpenFile::syncobj_signal>},
    {DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, "SYNCOBJ_TIMELINE_SIGNAL",
     reading<drm_syncobj_timeline_array, &OpenFile::syncobj_timeline_signal>},
    {DRM_IOCTL_SYNCOBJ_QUERY, "SYNCOBJ_QUERY", reading<drm_syncobj_timeline_array, &OpenFile::syncobj_query>},
    {DRM_IOCTL_SYNCOBJ_TRANSFER, "SYNCOBJ_TRANSFER",
     reading<drm_syncobj_transfer, &OpenFile::syncobj_transfer>},
};

constexpr std::size_t largest_structure = 1 << 14;  // 14 bits of a request are its size

}  // namespace

int answer_request(OpenFile& file, Shared& shared, unsigned long request, void* argument, Lock& lock) {
    const Row* const row = std::find_if(std::begin(table), std::end(table), [&](const Row& candidate) {
        return _IOC_NR(candidate.request) == _IOC_NR(request) && _IOC_TYPE(request) == DRM_IOCTL_BASE;
    });
    if (row == std::end(table))
        return shared.refuse(-EINVAL, formatted("request 0x%lx (number 0x%lx) is none that is emulated",
                                                request, _IOC_NR(request)));
    if (_IOC_DIR(request) != _IOC_DIR(row->request))
        return shared.refuse(
            -EINVAL, formatted("%s: request 0x%lx has another direction than the kernel's 0x%lx", row->name,
                               request, row->request));
    if (argument == nullptr) return shared.refuse(-EFAULT, formatted("%s: no structure", row->name));
    alignas(8) std::byte structure[largest_structure];
    const std::size_t given = _IOC_SIZE(request), known = _IOC_SIZE(row->request);
    std::memset(structure, 0, std::max(given, known));
    std::memcpy(structure, argument, given);
    const int result = row->answer(file, structure, lock);
    if (_IOC_DIR(request) & _IOC_READ) std::memcpy(argument, structure, given);
    return result;
}

}  // namespace sporkle::amdgpu::emulator
