// An open render node: its handles, its virtual addresses, and the requests that it answers. Each group of
// requests has a file: info, gem, address_requests, context_requests, buffer_list, submission, wait_requests,
// syncobj_requests.
//
// Requests give 0 or a negative error number, checked in the order of Linux 6.12 (drivers/gpu/drm/amd/amdgpu:
// amdgpu_kms.c, amdgpu_gem.c, amdgpu_ctx.c, amdgpu_bo_list.c, amdgpu_cs.c, amdgpu_vm.c; drm_syncobj.c), and
// note in words what was wrong. They are called with the kernel's lock held.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <amdgpu_drm.h>

#include "targets/amdgpu/emulator/kernel/node.hpp"
#include "targets/amdgpu/emulator/kernel/syncobj.hpp"

namespace sporkle::amdgpu::emulator {

using Lock = std::unique_lock<std::mutex>;

/// Virtual addresses: what the kernel keeps for itself, and the hole between the halves.
inline constexpr std::uint64_t reserved_bottom = 64 << 10, reserved_top = (4 << 20) + (64 << 10);
inline constexpr std::uint64_t hole_begin = std::uint64_t{1} << 47, hole_end = 0xffff'8000'0000'0000;
inline constexpr std::uint64_t address_space_bytes = std::uint64_t{1} << 48;

/// File descriptors that requests make belong to the kernel.
struct Descriptors {
    std::function<int(std::shared_ptr<Syncobj>)> add_syncobj;
    std::function<int(Fences)> add_sync_file;
    std::function<std::shared_ptr<Syncobj>(int)> syncobj;
    std::function<std::optional<Fences>(int)> sync_file;
};

class OpenFile {
  public:
    OpenFile(std::shared_ptr<Node> node, Shared& shared, Descriptors& descriptors, std::uint64_t number);
    ~OpenFile();
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    const std::shared_ptr<Node>& node() const { return node_; }
    /// The buffer that mmap's offset is of, and where in it.
    std::shared_ptr<Buffer> at_mmap_offset(std::uint64_t offset, std::uint64_t& in_buffer) const;

    int version(drm_version& request);
    int capability(drm_get_cap& request);
    int info(drm_amdgpu_info& request);

    int gem_create(drm_amdgpu_gem_create& request);
    int gem_mmap(drm_amdgpu_gem_mmap& request);
    int gem_close(const drm_gem_close& request);
    int gem_userptr(drm_amdgpu_gem_userptr& request);
    int gem_wait_idle(drm_amdgpu_gem_wait_idle& request, Lock& lock);
    int gem_va(const drm_amdgpu_gem_va& request);
    int buffer_list(drm_amdgpu_bo_list& request);
    int vm(drm_amdgpu_vm& request);

    int context(drm_amdgpu_ctx& request);
    int submit(drm_amdgpu_cs& request, Lock& lock);
    int wait_submission(drm_amdgpu_wait_cs& request, Lock& lock);
    int wait_fences(drm_amdgpu_wait_fences& request, Lock& lock);
    int fence_to_handle(drm_amdgpu_fence_to_handle& request);

    int syncobj_create(drm_syncobj_create& request);
    int syncobj_destroy(const drm_syncobj_destroy& request);
    int syncobj_to_descriptor(drm_syncobj_handle& request);
    int syncobj_from_descriptor(drm_syncobj_handle& request);
    int syncobj_wait(drm_syncobj_wait& request, Lock& lock);
    int syncobj_timeline_wait(drm_syncobj_timeline_wait& request, Lock& lock);
    int syncobj_reset(const drm_syncobj_array& request);
    int syncobj_signal(const drm_syncobj_array& request);
    int syncobj_timeline_signal(const drm_syncobj_timeline_array& request);
    int syncobj_query(const drm_syncobj_timeline_array& request);
    int syncobj_transfer(const drm_syncobj_transfer& request);

  private:
    friend class Submission;

    std::shared_ptr<Buffer> buffer(std::uint32_t handle) const;
    std::uint32_t add(std::shared_ptr<Buffer> buffer);
    std::uint32_t add(std::shared_ptr<Syncobj> syncobj);
    std::shared_ptr<Context> find_context(std::uint32_t number) const;
    std::shared_ptr<Syncobj> syncobj(std::uint32_t handle) const;
    /// Handles of a list in the program's memory; an error number where that is missing or one is unknown.
    int read_list(const char* what, const void* entries, std::uint32_t count, std::uint32_t entry_bytes,
                  std::vector<std::shared_ptr<Buffer>>& list);
    /// The fence of a submission, null where it ended long ago.
    int fence_of(const char* what, std::uint32_t context, std::uint32_t ip, std::uint32_t instance,
                 std::uint32_t ring, std::uint64_t number, FencePtr& fence);
    int check_queue(const char* what, std::uint32_t ip, std::uint32_t instance, std::uint32_t ring);
    int check_addresses(std::uint64_t address, std::uint64_t offset, std::uint64_t bytes,
                        std::uint64_t buffer_bytes);
    int map(const drm_amdgpu_gem_va& request, const std::shared_ptr<Buffer>& buffer, std::uint64_t address);
    int wait_syncobjs(const char* what, std::uint64_t handles, const std::uint64_t* points,
                      std::int64_t timeout, std::uint32_t count, std::uint32_t flags,
                      std::uint32_t& first_signaled, Lock& lock);

    std::shared_ptr<Node> node_;
    Shared& shared_;
    Descriptors& descriptors_;
    std::shared_ptr<PageTable> table_;
    std::map<std::uint32_t, std::shared_ptr<Buffer>> buffers_;
    std::map<std::uint32_t, std::vector<std::shared_ptr<Buffer>>> lists_;
    std::map<std::uint32_t, std::shared_ptr<Context>> contexts_;
    std::map<std::uint32_t, std::shared_ptr<Syncobj>> syncobjs_;
    std::uint32_t next_buffer_ = 1, next_list_ = 1, next_context_ = 1, next_syncobj_ = 1;
};

}  // namespace sporkle::amdgpu::emulator
