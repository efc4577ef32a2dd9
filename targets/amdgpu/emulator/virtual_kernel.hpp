// A pretended amdgpu kernel driver with its GPUs, behind the system calls of the device driver.
//
//     VirtualKernel kernel({"gfx1100", "gfx90a"});      // /dev/dri/renderD128 and renderD129
//     auto device = open_device(kernel, "emulated");    // run/driver.hpp
//     …
//     for (const std::string& fault : kernel.faults()) …
//
// It refuses what the kernel refuses, with the same error numbers, and kills submissions that would make
// hardware fault or hang. What error numbers cannot tell stands in faults(), one sentence each.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "targets/amdgpu/emulator/gpu/dispatch_report.hpp"
#include "targets/amdgpu/emulator/kernel/options.hpp"
#include "targets/amdgpu/run/system_calls.hpp"

namespace sporkle::amdgpu::emulator {

class VirtualKernel final : public SystemCalls {
  public:
    /// One render node for each chip (gpu/model.hpp), in this order. Throws Error(unsupported) for a chip
    /// that is not emulated.
    explicit VirtualKernel(const std::vector<std::string>& chips, const KernelOptions& options = {});
    ~VirtualKernel() override;

    int open(const char* path, int flags) override;
    int close(int fd) override;
    int ioctl(int fd, unsigned long request, void* argument) override;
    int mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
             void** address) override;
    int munmap(void* address, std::size_t length) override;
    int poll(int fd, short events, int timeout_ms) override;
    int group_of(const char* path, std::uint32_t* group) override;  ///< there are no owners

    /// What was refused or went wrong so far, oldest first.
    std::vector<std::string> faults() const;
    void clear_faults();
    /// Dispatches that ended so far on a node, oldest first (at most the last 65536).
    std::vector<DispatchReport> dispatches(std::size_t node) const;
    void clear_dispatches(std::size_t node);
    /// While a node's jobs are held none of them begins.
    void hold_jobs(std::size_t node, bool is_held);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sporkle::amdgpu::emulator
