#include "targets/amdgpu/run/system_calls.hpp"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sporkle::amdgpu {
namespace {

int result_of(int value) { return value < 0 ? -errno : value; }

class RealSystemCalls final : public SystemCalls {
    // With all three arguments: with two, a fortified C library has another function (__open_2), which those
    // who interpose open may not know.
    int open(const char* path, int flags) override { return result_of(::open(path, flags, 0)); }
    int close(int fd) override { return result_of(::close(fd)); }
    int ioctl(int fd, unsigned long request, void* argument) override {
        return result_of(::ioctl(fd, request, argument));
    }
    int mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
             void** address) override {
        void* const mapped = ::mmap(nullptr, length, protection, flags, fd, offset);
        if (mapped == MAP_FAILED) return -errno;
        *address = mapped;
        return 0;
    }
    int munmap(void* address, std::size_t length) override { return result_of(::munmap(address, length)); }
    int group_of(const char* path, std::uint32_t* group) override {
        struct stat file {};
        const int result = result_of(::stat(path, &file));
        if (result == 0) *group = file.st_gid;
        return result;
    }
    int poll(int fd, short events, int timeout_ms) override {
        pollfd wanted{fd, events, 0};
        return result_of(::poll(&wanted, 1, timeout_ms));
    }
};

}  // namespace

SystemCalls& real_system_calls() {
    static RealSystemCalls calls;
    return calls;
}

}  // namespace sporkle::amdgpu
