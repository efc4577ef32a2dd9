// A pretended amdgpu kernel under the C library, to be preloaded into a program that knows nothing of it:
//
//   LD_PRELOAD=libsporkle_test_amdgpu.so SPORKLE_TEST_AMDGPU=i915,gfx1100 SPORKLE_DEVICE=amdgpu program
//
// The variable lists what lies at /dev/dri/renderD128 and so on: a chip, the name of another driver,
// "denied", "empty". open, ioctl, mmap, munmap, stat and close of those nodes are answered by the emulator's
// kernel driver; everything else goes to the system. At the program's end a line on stderr counts dispatches
// and gives what the kernel found wrong.
//
// Descriptors are real ones, of an empty file in memory, as a program may copy them.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/amdgpu_emulator/other_kernel.hpp"

namespace {

using sporkle::testing::OtherKernel;
using sporkle::testing::Taste;

/// What the interposed functions know. It is reached before anything is opened, also by the kernel's own
/// system calls, so it is made without any, and never destroyed: programs close files as late as they like.
struct Table {
    std::mutex mutex;
    std::map<int, int> descriptors;         ///< real → the kernel's
    std::map<void*, std::size_t> mappings;  ///< of the kernel's buffers
    std::size_t chips = 0;
    std::once_flag made;
    std::atomic<OtherKernel*> kernel{nullptr};
};
Table& table() {
    alignas(Table) static std::byte place[sizeof(Table)];
    static Table* const made = new (place) Table;
    return *made;
}

void report() {
    const OtherKernel* const kernel = table().kernel;
    std::size_t dispatches = 0;
    for (std::size_t node = 0; node < table().chips; ++node)
        dispatches += kernel->kernel.dispatches(node).size();
    std::fprintf(stderr, "pretended amdgpu: %zu dispatches, faults: %zu\n", dispatches,
                 kernel->kernel.faults().size());
    for (const std::string& fault : kernel->kernel.faults()) std::fprintf(stderr, "  %s\n", fault.c_str());
}

void make_kernel() {
    Taste taste;
    taste.nodes.clear();
    std::vector<std::string> chips;
    const char* list = std::getenv("SPORKLE_TEST_AMDGPU");
    for (const char* word = list; word != nullptr && *word != 0;) {
        const char* const end = std::strchr(word, ',');
        const std::string node = end ? std::string(word, end) : std::string(word);
        if (node.starts_with("gfx")) chips.push_back(node);
        taste.nodes.push_back(node.starts_with("gfx") ? "amdgpu" : node);
        word = end ? end + 1 : nullptr;
    }
    taste.group = getgid();
    table().chips = chips.size();
    table().kernel = new OtherKernel(chips, taste);
    std::atexit(report);
}

OtherKernel& kernel() {
    std::call_once(table().made, make_kernel);
    return *table().kernel;
}

/// The kernel's descriptor of a real one; -1 for a file of the system's.
int pretended(int fd) {
    if (table().kernel == nullptr) return -1;
    const std::lock_guard lock(table().mutex);
    const auto found = table().descriptors.find(fd);
    return found == table().descriptors.end() ? -1 : found->second;
}

bool is_node(const char* path) { return std::strncmp(path, "/dev/dri/", 9) == 0; }

template <class Result>
Result with_errno(Result result) {
    if (result >= 0) return result;
    errno = static_cast<int>(-result);
    return -1;
}

int open_node(const char* path, int flags) {
    const int inner = kernel().open(path, flags);
    if (inner < 0) return with_errno(inner);
    const int fd = static_cast<int>(syscall(SYS_memfd_create, "pretended node", 1u));
    const std::lock_guard lock(table().mutex);
    table().descriptors[fd] = inner;
    return fd;
}

int open_any(int folder, const char* path, int flags, std::va_list rest) {
    if (is_node(path)) return open_node(path, flags);
    const mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
    return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

void* map_any(void* wanted, std::size_t length, int protection, int flags, int fd, off_t offset) {
    const int inner = fd < 0 || flags & MAP_ANONYMOUS ? -1 : pretended(fd);
    if (inner < 0)
        return reinterpret_cast<void*>(syscall(SYS_mmap, wanted, length, protection, flags, fd, offset));
    void* place = nullptr;
    if (const int error = kernel().mmap(length, protection, flags, inner, offset, &place); error < 0) {
        errno = -error;
        return MAP_FAILED;
    }
    const std::lock_guard lock(table().mutex);
    table().mappings[place] = length;
    return place;
}

}  // namespace

#define SPORKLE_INTERPOSED extern "C" __attribute__((visibility("default")))

SPORKLE_INTERPOSED int open(const char* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    const int result = open_any(AT_FDCWD, path, flags, rest);
    va_end(rest);
    return result;
}
SPORKLE_INTERPOSED int open64(const char* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    const int result = open_any(AT_FDCWD, path, flags, rest);
    va_end(rest);
    return result;
}
SPORKLE_INTERPOSED int openat(int folder, const char* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    const int result = open_any(folder, path, flags, rest);
    va_end(rest);
    return result;
}

SPORKLE_INTERPOSED int close(int fd) {
    if (const int inner = pretended(fd); inner >= 0) {
        {
            const std::lock_guard lock(table().mutex);
            table().descriptors.erase(fd);
        }
        syscall(SYS_close, fd);
        return with_errno(kernel().close(inner));
    }
    return static_cast<int>(syscall(SYS_close, fd));
}

SPORKLE_INTERPOSED int ioctl(int fd, unsigned long request, ...) noexcept {
    std::va_list rest;
    va_start(rest, request);
    void* const argument = va_arg(rest, void*);
    va_end(rest);
    if (const int inner = pretended(fd); inner >= 0)
        return with_errno(kernel().ioctl(inner, request, argument));
    return static_cast<int>(syscall(SYS_ioctl, fd, request, argument));
}

SPORKLE_INTERPOSED void* mmap(void* wanted, std::size_t length, int protection, int flags, int fd,
                              off_t offset) noexcept {
    return map_any(wanted, length, protection, flags, fd, offset);
}
SPORKLE_INTERPOSED void* mmap64(void* wanted, std::size_t length, int protection, int flags, int fd,
                                off64_t offset) noexcept {
    return map_any(wanted, length, protection, flags, fd, offset);
}

SPORKLE_INTERPOSED int munmap(void* address, std::size_t length) noexcept {
    bool is_ours = false;
    if (table().kernel != nullptr) {
        const std::lock_guard lock(table().mutex);
        is_ours = table().mappings.erase(address) > 0;
    }
    if (is_ours) return with_errno(kernel().munmap(address, length));
    return static_cast<int>(syscall(SYS_munmap, address, length));
}

SPORKLE_INTERPOSED int stat(const char* path, struct stat* file) noexcept {
    std::uint32_t group = 0;
    if (!is_node(path)) return static_cast<int>(syscall(SYS_newfstatat, AT_FDCWD, path, file, 0));
    if (const int error = kernel().group_of(path, &group); error < 0) return with_errno(error);
    *file = {};
    file->st_mode = S_IFCHR | 0660;
    file->st_gid = group;
    return 0;
}
