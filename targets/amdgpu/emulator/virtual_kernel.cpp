#include "targets/amdgpu/emulator/virtual_kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "targets/amdgpu/emulator/kernel/open_file.hpp"
#include "targets/amdgpu/emulator/kernel/requests.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr int first_node = 128;
/// Descriptors that no real file of the process has.
constexpr int first_descriptor = 1 << 28;

}  // namespace

struct VirtualKernel::State {
    Shared shared;
    std::vector<std::shared_ptr<Node>> nodes;
    Descriptors descriptors;
    int next_descriptor = first_descriptor;
    std::uint64_t next_table = 1;
    std::map<int, std::shared_ptr<OpenFile>> files;
    std::map<int, std::shared_ptr<Syncobj>> syncobjs;
    std::map<int, Fences> sync_files;
    std::map<std::byte*, std::size_t> mappings;  ///< of the CPU
};

VirtualKernel::VirtualKernel(const std::vector<std::string>& chips, const KernelOptions& options)
    : state_(std::make_unique<State>()) {
    State& s = *state_;
    s.shared.options = options;
    for (const std::string& chip : chips)
        s.nodes.push_back(std::make_shared<Node>(model_named(chip), s.shared));
    s.descriptors.add_syncobj = [&s](std::shared_ptr<Syncobj> object) {
        s.syncobjs[s.next_descriptor] = std::move(object);
        return s.next_descriptor++;
    };
    s.descriptors.add_sync_file = [&s](Fences fences) {
        s.sync_files[s.next_descriptor] = std::move(fences);
        return s.next_descriptor++;
    };
    s.descriptors.syncobj = [&s](int fd) {
        const auto found = s.syncobjs.find(fd);
        return found == s.syncobjs.end() ? nullptr : found->second;
    };
    s.descriptors.sync_file = [&s](int fd) -> std::optional<Fences> {
        const auto found = s.sync_files.find(fd);
        return found == s.sync_files.end() ? std::nullopt : std::optional(found->second);
    };
}

VirtualKernel::~VirtualKernel() {
    for (const auto& [address, length] : state_->mappings) ::munmap(address, length);
}

int VirtualKernel::open(const char* path, int flags) {
    const std::lock_guard lock(state_->shared.mutex);
    if (path == nullptr) return -EFAULT;
    for (std::size_t n = 0; n < state_->nodes.size(); ++n) {
        if (path != "/dev/dri/renderD" + std::to_string(first_node + static_cast<int>(n))) continue;
        if ((flags & O_ACCMODE) != O_RDWR)
            state_->shared.note(std::string(path) +
                                " is opened without O_RDWR: buffers cannot be mapped to write");
        const int fd = state_->next_descriptor++;
        state_->files[fd] = std::make_shared<OpenFile>(state_->nodes[n], state_->shared, state_->descriptors,
                                                       state_->next_table++);
        return fd;
    }
    return -ENOENT;
}

int VirtualKernel::close(int fd) {
    std::shared_ptr<OpenFile> file;  // ends after the lock
    const std::lock_guard lock(state_->shared.mutex);
    if (const auto found = state_->files.find(fd); found != state_->files.end()) {
        file = std::move(found->second);
        state_->files.erase(found);
        return 0;
    }
    if (state_->syncobjs.erase(fd) + state_->sync_files.erase(fd) > 0) return 0;
    return state_->shared.refuse(-EBADF, formatted("close: descriptor %d is not open", fd));
}

int VirtualKernel::ioctl(int fd, unsigned long request, void* argument) {
    Lock lock(state_->shared.mutex);
    const auto found = state_->files.find(fd);
    if (found == state_->files.end())
        return state_->shared.refuse(-EBADF, formatted("ioctl: descriptor %d is no open render node", fd));
    const std::shared_ptr<OpenFile> file = found->second;
    return answer_request(*file, state_->shared, request, argument, lock);
}

int VirtualKernel::mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
                        void** address) {
    const std::lock_guard lock(state_->shared.mutex);
    Shared& shared = state_->shared;
    const auto found = state_->files.find(fd);
    if (found == state_->files.end())
        return shared.refuse(-EBADF, formatted("mmap: descriptor %d is no open render node", fd));
    if (length == 0) return shared.refuse(-EINVAL, "mmap: 0 bytes");
    std::uint64_t in_buffer = 0;
    const auto place = static_cast<std::uint64_t>(offset);
    const std::shared_ptr<Buffer> buffer = found->second->at_mmap_offset(place, in_buffer);
    if (!buffer || place % page_bytes != 0)
        return shared.refuse(-EINVAL, formatted("mmap: offset 0x%llx is of no buffer that is open here",
                                                static_cast<unsigned long long>(place)));
    if (!buffer->memory || buffer->flags & AMDGPU_GEM_CREATE_NO_CPU_ACCESS)
        return shared.refuse(-EPERM,
                             formatted("mmap: buffer %u was made without access by the CPU", buffer->number));
    const std::uint64_t bytes = (length + page_bytes - 1) / page_bytes * page_bytes;
    if (bytes > buffer->bytes - in_buffer)
        return shared.refuse(-EINVAL,
                             formatted("mmap: %zu bytes of buffer %u, which has %llu", length, buffer->number,
                                       static_cast<unsigned long long>(buffer->bytes)));
    if (!(flags & MAP_SHARED))
        return shared.refuse(-EINVAL, formatted("mmap: buffer %u without MAP_SHARED", buffer->number));
    void* const mapped = ::mmap(nullptr, bytes, protection, MAP_SHARED, buffer->memory->memory.file(),
                                static_cast<off_t>(buffer->offset + in_buffer));
    if (mapped == MAP_FAILED) return -errno;
    state_->mappings[static_cast<std::byte*>(mapped)] = bytes;
    *address = mapped;
    return 0;
}

int VirtualKernel::munmap(void* address, std::size_t length) {
    const std::lock_guard lock(state_->shared.mutex);
    const std::size_t bytes = (length + page_bytes - 1) / page_bytes * page_bytes;
    const auto found = state_->mappings.find(static_cast<std::byte*>(address));
    if (found == state_->mappings.end() || found->second != bytes)
        return state_->shared.refuse(
            -EINVAL, formatted("munmap: %zu bytes at %p are not what a mapping here has", length, address));
    state_->mappings.erase(found);
    return ::munmap(address, bytes) == 0 ? 0 : -errno;
}

int VirtualKernel::group_of(const char*, std::uint32_t*) { return -ENOENT; }

int VirtualKernel::poll(int fd, short events, int timeout_ms) {
    Lock lock(state_->shared.mutex);
    Shared& shared = state_->shared;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const std::int64_t end = timeout_ms < 0
                                 ? -1
                                 : std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() +
                                       std::int64_t{timeout_ms} * 1'000'000;
    if (const auto found = state_->sync_files.find(fd); found != state_->sync_files.end()) {
        const Fences fences = found->second;
        return shared.wait_until(lock, end, [&] { return (events & POLLIN) && all_signaled(fences); });
    }
    if (!state_->files.contains(fd))
        return shared.refuse(-EBADF, formatted("poll: descriptor %d is not open", fd));
    // A render node has no events.
    if (end < 0) return shared.refuse(-EINVAL, "poll: a render node has no events, and there is no limit");
    return shared.wait_until(lock, end, [] { return false; });
}

std::vector<std::string> VirtualKernel::faults() const {
    const std::lock_guard lock(state_->shared.mutex);
    return state_->shared.faults;
}
void VirtualKernel::clear_faults() {
    const std::lock_guard lock(state_->shared.mutex);
    state_->shared.faults.clear();
}
std::vector<DispatchReport> VirtualKernel::dispatches(std::size_t node) const {
    const std::lock_guard lock(state_->shared.mutex);
    return state_->nodes.at(node)->dispatches();
}
void VirtualKernel::clear_dispatches(std::size_t node) {
    const std::lock_guard lock(state_->shared.mutex);
    state_->nodes.at(node)->dispatches().clear();
}
void VirtualKernel::hold_jobs(std::size_t node, bool is_held) {
    const std::lock_guard lock(state_->shared.mutex);
    state_->nodes.at(node)->hold(is_held);
}

}  // namespace sporkle::amdgpu::emulator
