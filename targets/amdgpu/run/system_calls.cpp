#include "targets/amdgpu/run/system_calls.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sporkle::amdgpu {
namespace {

class OperatingSystem final : public SystemCalls {
  public:
    int open(const char* path, int flags) override { return ::open(path, flags); }
    int close(int file) override { return ::close(file); }
    int ioctl(int file, unsigned long request, void* argument) override {
        return ::ioctl(file, request, argument);
    }
    void* mmap(void* address, std::size_t length, int protection, int flags, int file,
               std::uint64_t offset) override {
        return ::mmap(address, length, protection, flags, file, static_cast<off_t>(offset));
    }
    int munmap(void* address, std::size_t length) override { return ::munmap(address, length); }
    int poll(pollfd* files, unsigned long count, int timeout_milliseconds) override {
        return ::poll(files, static_cast<nfds_t>(count), timeout_milliseconds);
    }
};

}  // namespace

SystemCalls& operating_system() {
    static OperatingSystem calls;
    return calls;
}

}  // namespace sporkle::amdgpu
