// All that the driver asks of the operating system. Everything goes through here, so that a pretended kernel
// can stand in for the real one.
//
// The functions are POSIX's of the same names, with the same results and errors: -1 (mmap: MAP_FAILED) and
// errno. They may be called by several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>

struct pollfd;

namespace sporkle::amdgpu {

class SystemCalls {
  public:
    virtual ~SystemCalls() = default;
    /// `path` is a node of the graphics drivers: "/dev/dri/renderD128".
    virtual int open(const char* path, int flags) = 0;
    virtual int close(int file) = 0;
    /// `request` is a number of drm.h or amdgpu_drm.h, `argument` its structure. It may fail with EINTR.
    virtual int ioctl(int file, unsigned long request, void* argument) = 0;
    virtual void* mmap(void* address, std::size_t length, int protection, int flags, int file,
                       std::uint64_t offset) = 0;
    virtual int munmap(void* address, std::size_t length) = 0;
    virtual int poll(pollfd* files, unsigned long count, int timeout_milliseconds) = 0;
};

/// The real ones, through the C library, so that whatever stands between it and this process is obeyed.
SystemCalls& operating_system();

}  // namespace sporkle::amdgpu
