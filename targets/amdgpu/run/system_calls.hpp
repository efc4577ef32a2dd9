// Every system call that the driver makes, in one place: the seam behind which another kernel can stand.
//
// real_system_calls() goes to the C library's functions of the same names, so a pretended kernel can also be
// put under an unmodified program from outside, by interposing them. The emulator implements this interface.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sporkle::amdgpu {

/// Results are as the kernel has them: negative error numbers (-EINVAL), never errno. Thread-safe. Calls that
/// a signal interrupts are the caller's to repeat.
class SystemCalls {
  public:
    virtual ~SystemCalls() = default;
    /// A file descriptor.
    virtual int open(const char* path, int flags) = 0;
    virtual int close(int fd) = 0;
    /// 0 or a positive number that the request gives.
    virtual int ioctl(int fd, unsigned long request, void* argument) = 0;
    /// The address in *address; 0.
    virtual int mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
                     void** address) = 0;
    virtual int munmap(void* address, std::size_t length) = 0;
    /// The number of the group that owns a file.
    virtual int group_of(const char* path, std::uint32_t* group) = 0;
    /// Waits until one of `events` is there: 1, or 0 after `timeout_ms` (negative: no limit).
    virtual int poll(int fd, short events, int timeout_ms) = 0;
};

SystemCalls& real_system_calls();

}  // namespace sporkle::amdgpu
