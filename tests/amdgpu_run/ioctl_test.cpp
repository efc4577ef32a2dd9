// The requests that the driver makes of the kernel: their numbers and the layout of their structures, as
// libdrm's headers give them, against literals. A header of another kernel interface does not get past the
// compiler.
#include <amdgpu_drm.h>
#include <drm.h>
#include <gtest/gtest.h>

#include <cstddef>

namespace {

// What all graphics drivers have. The lengths of waits grew later; kernels take both.
static_assert(DRM_IOCTL_VERSION == 0xC0406400 && sizeof(drm_version) == 64);
static_assert(DRM_IOCTL_GEM_CLOSE == 0x40086409 && sizeof(drm_gem_close) == 8);
static_assert(DRM_IOCTL_SYNCOBJ_CREATE == 0xC00864BF && DRM_IOCTL_SYNCOBJ_DESTROY == 0xC00864C0);
static_assert(DRM_IOCTL_SYNCOBJ_WAIT >> 16 == (0xC000 | sizeof(drm_syncobj_wait)) &&
              (DRM_IOCTL_SYNCOBJ_WAIT & 0xFFFF) == 0x64C3);
static_assert(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT >> 16 == (0xC000 | sizeof(drm_syncobj_timeline_wait)) &&
              (DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT & 0xFFFF) == 0x64CA);
static_assert(offsetof(drm_syncobj_wait, timeout_nsec) == 8 &&
              offsetof(drm_syncobj_wait, count_handles) == 16);
static_assert(DRM_IOCTL_SYNCOBJ_RESET == 0xC01064C4 && DRM_IOCTL_SYNCOBJ_SIGNAL == 0xC01064C5);
static_assert(DRM_IOCTL_SYNCOBJ_QUERY == 0xC01864CB && DRM_IOCTL_SYNCOBJ_TRANSFER == 0xC02064CC);
static_assert(DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL == 0xC01864CD);

// amdgpu. INFO and GEM_VA only hand something over (_IOW).
static_assert(DRM_IOCTL_AMDGPU_GEM_CREATE == 0xC0206440 && sizeof(drm_amdgpu_gem_create) == 32);
static_assert(DRM_IOCTL_AMDGPU_GEM_MMAP == 0xC0086441 && sizeof(drm_amdgpu_gem_mmap) == 8);
static_assert(DRM_IOCTL_AMDGPU_CTX == 0xC0106442 && sizeof(drm_amdgpu_ctx) == 16);
static_assert(DRM_IOCTL_AMDGPU_BO_LIST == 0xC0186443 && sizeof(drm_amdgpu_bo_list) == 24);
static_assert(DRM_IOCTL_AMDGPU_CS == 0xC0186444 && sizeof(drm_amdgpu_cs) == 24);
static_assert(DRM_IOCTL_AMDGPU_INFO == 0x40206445 && sizeof(drm_amdgpu_info) == 32);
static_assert(DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE == 0xC0106447);
static_assert(DRM_IOCTL_AMDGPU_GEM_VA == 0x40286448 && sizeof(drm_amdgpu_gem_va) == 40);
static_assert(DRM_IOCTL_AMDGPU_WAIT_CS == 0xC0206449 && sizeof(drm_amdgpu_wait_cs) == 32);
static_assert(DRM_IOCTL_AMDGPU_GEM_USERPTR == 0xC0186451 && sizeof(drm_amdgpu_gem_userptr) == 24);
static_assert(DRM_IOCTL_AMDGPU_WAIT_FENCES == 0xC0186452);
static_assert(DRM_IOCTL_AMDGPU_VM == 0xC0086453);
static_assert(DRM_IOCTL_AMDGPU_FENCE_TO_HANDLE == 0xC0206454);

// Structures that lie in memory behind those, and where their members are.
static_assert(sizeof(drm_amdgpu_cs_chunk) == 16 && offsetof(drm_amdgpu_cs_chunk, chunk_data) == 8);
static_assert(sizeof(drm_amdgpu_cs_chunk_ib) == 32 && offsetof(drm_amdgpu_cs_chunk_ib, va_start) == 8);
static_assert(offsetof(drm_amdgpu_cs_chunk_ib, ib_bytes) == 16 &&
              offsetof(drm_amdgpu_cs_chunk_ib, ring) == 28);
static_assert(sizeof(drm_amdgpu_bo_list_entry) == 8 && sizeof(drm_amdgpu_bo_list_in) == 24);
static_assert(sizeof(drm_amdgpu_cs_chunk_syncobj) == 16 && offsetof(drm_amdgpu_cs_chunk_syncobj, point) == 8);
static_assert(offsetof(drm_amdgpu_gem_va, va_address) == 16 && offsetof(drm_amdgpu_gem_va, map_size) == 32);
static_assert(offsetof(drm_amdgpu_info, query) == 12);
static_assert(sizeof(drm_amdgpu_info_hw_ip) == 32 && offsetof(drm_amdgpu_info_hw_ip, available_rings) == 24);
static_assert(sizeof(drm_amdgpu_info_device) >= 368);
static_assert(offsetof(drm_amdgpu_info_device, external_rev) == 8 &&
              offsetof(drm_amdgpu_info_device, family) == 16);
static_assert(offsetof(drm_amdgpu_info_device, num_shader_engines) == 20);
static_assert(offsetof(drm_amdgpu_info_device, gpu_counter_freq) == 28);
static_assert(offsetof(drm_amdgpu_info_device, cu_active_number) == 48);
static_assert(offsetof(drm_amdgpu_info_device, virtual_address_offset) == 144);
static_assert(offsetof(drm_amdgpu_info_device, virtual_address_max) == 152);

// Numbers inside them.
static_assert(AMDGPU_HW_IP_COMPUTE == 1 && AMDGPU_CTX_OP_ALLOC_CTX == 1 && AMDGPU_CTX_OP_FREE_CTX == 2);
static_assert(AMDGPU_CTX_OP_QUERY_STATE2 == 4 && AMDGPU_CTX_QUERY2_FLAGS_RESET == 1);
static_assert(AMDGPU_GEM_DOMAIN_GTT == 2 && AMDGPU_GEM_DOMAIN_VRAM == 4);
static_assert(AMDGPU_VA_OP_MAP == 1 && AMDGPU_VA_OP_UNMAP == 2);
static_assert(AMDGPU_VM_PAGE_READABLE == 2 && AMDGPU_VM_PAGE_WRITEABLE == 4 &&
              AMDGPU_VM_PAGE_EXECUTABLE == 8);
static_assert(AMDGPU_CHUNK_ID_IB == 1 && AMDGPU_CHUNK_ID_BO_HANDLES == 6);
static_assert(AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_WAIT == 8 && AMDGPU_CHUNK_ID_SYNCOBJ_TIMELINE_SIGNAL == 9);
static_assert(AMDGPU_INFO_ACCEL_WORKING == 0 && AMDGPU_INFO_HW_IP_INFO == 2 && AMDGPU_INFO_DEV_INFO == 0x16 &&
              AMDGPU_INFO_MEMORY == 0x19);

TEST(Ioctl, NumbersCarryTheSizeOfTheirStructure) {
    const struct {
        unsigned long request;
        std::size_t bytes;
    } requests[] = {
        {DRM_IOCTL_AMDGPU_GEM_CREATE, sizeof(drm_amdgpu_gem_create)},
        {DRM_IOCTL_AMDGPU_CS, sizeof(drm_amdgpu_cs)},
        {DRM_IOCTL_AMDGPU_INFO, sizeof(drm_amdgpu_info)},
        {DRM_IOCTL_AMDGPU_GEM_VA, sizeof(drm_amdgpu_gem_va)},
        {DRM_IOCTL_AMDGPU_WAIT_CS, sizeof(drm_amdgpu_wait_cs)},
        {DRM_IOCTL_VERSION, sizeof(drm_version)},
    };
    for (const auto& r : requests) EXPECT_EQ(r.request >> 16 & 0x3FFF, r.bytes) << std::hex << r.request;
}

}  // namespace
