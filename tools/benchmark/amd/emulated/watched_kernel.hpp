// An emulated GPU whose kernel driver can be watched: what its dispatches counted, and when the driver came
// with a submission. Submissions can be answered at once, as if they had run, so that only the driver's own
// work remains.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "targets/amdgpu/emulator/virtual_kernel.hpp"
#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/run/system_calls.hpp"

namespace sporkle::bench::amd {

class WatchedKernel final : public sporkle::amdgpu::SystemCalls {
  public:
    explicit WatchedKernel(const std::string& chip);

    int open(const char* path, int flags) override { return kernel_.open(path, flags); }
    int close(int fd) override { return kernel_.close(fd); }
    int ioctl(int fd, unsigned long request, void* argument) override;
    int mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
             void** address) override;
    int munmap(void* address, std::size_t length) override { return kernel_.munmap(address, length); }
    int group_of(const char* path, std::uint32_t* group) override { return kernel_.group_of(path, group); }
    int poll(int fd, short events, int timeout_ms) override { return kernel_.poll(fd, events, timeout_ms); }

    /// From now on submissions only get their fence's value.
    void answer_at_once() { at_once_ = true; }
    /// Clock (now()) at the last submission's entry, and how many there were.
    double submitted_at() const { return submitted_at_; }
    int submissions() const { return submissions_; }

    /// What was counted since the last call.
    std::vector<sporkle::amdgpu::emulator::DispatchReport> take_dispatches();

  private:
    int answer(void* submission);
    std::byte* host(std::uint64_t address) const;

    const sporkle::amdgpu::Chip& chip_;
    sporkle::amdgpu::emulator::VirtualKernel kernel_;
    bool at_once_ = false;
    double submitted_at_ = 0;
    int submissions_ = 0;
    std::map<std::uint64_t, std::uint32_t> offsets_;  ///< for mmap → buffer
    std::map<std::uint32_t, std::byte*> hosts_;       ///< of buffers
    std::map<std::uint64_t, std::uint32_t> buffers_;  ///< by the GPU's address
};

/// Makes the kernel's GPU a device of this process, of this name, which holds a colon. The kernel outlives
/// it.
void add_watched_device(WatchedKernel& kernel, const std::string& name);

}  // namespace sporkle::bench::amd
