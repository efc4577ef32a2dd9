// A kernel driver of another taste in front of the pretended one: what real kernels, machines and other
// people's pretended ones do differently, so that the device driver depends on no kindness of ours.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "targets/amdgpu/emulator/virtual_kernel.hpp"

namespace sporkle::testing {

struct Taste {
    /// What lies at renderD128 and so on: "amdgpu", the next chip; the name of another driver; "denied",
    /// which others may open; "empty", where nothing is.
    std::vector<std::string> nodes = {"amdgpu"};
    bool as_cards = false;  ///< they are called card0 and so on, and there are no render nodes
    std::uint32_t group = 0;
    int interface_major = 3;

    /// Bytes of the structures that this kernel knows less than its headers, by INFO query.
    std::map<std::uint32_t, std::uint32_t> info_bytes;
    std::set<std::uint32_t> unknown_queries;  ///< INFO gives -EINVAL
    /// Requests (_IOC_NR) and chunks of submissions that it does not know, and the error for the former.
    std::set<std::uint32_t> unknown_requests, unknown_chunks;
    int unknown = -EINVAL;

    /// What INFO says of virtual addresses; those outside and those less aligned are refused. 0: as it is.
    std::uint64_t va_begin = 0, va_end = 0;
    std::uint32_t va_alignment = 0;
    std::uint32_t compute_rings = 0xf, ib_alignment = 32;  ///< bits; bytes that lengths are multiples of
    bool has_clock = true;

    bool interrupts = false;  ///< every request is first refused with -EINTR, then with -EAGAIN
    int shortages = 0;        ///< submissions that are refused with -ENOMEM first
    int wild_packets = 0;  ///< submissions whose packets lie at an address that is none: they reset the GPU
    bool hasty_timelines = false;  ///< a wait for a point ends at once
    int early_answers = 0;         ///< times that WAIT_CS says busy at once
};

class OtherKernel final : public amdgpu::SystemCalls {
  public:
    OtherKernel(const std::vector<std::string>& chips, Taste taste,
                const amdgpu::emulator::KernelOptions& options = {})
        : taste(std::move(taste)), kernel(chips, options) {}

    int open(const char* path, int flags) override;
    int close(int fd) override;
    int ioctl(int fd, unsigned long request, void* argument) override;
    int mmap(std::size_t length, int protection, int flags, int fd, std::int64_t offset,
             void** address) override;
    int munmap(void* address, std::size_t length) override { return kernel.munmap(address, length); }
    int poll(int fd, short events, int timeout_ms) override { return kernel.poll(fd, events, timeout_ms); }
    int group_of(const char* path, std::uint32_t* group) override;

    /// How often a request (_IOC_NR) was made, refusals included.
    int count(std::uint32_t request) const;

    Taste taste;
    amdgpu::emulator::VirtualKernel kernel;

  private:
    const std::string* node_at(const std::string& path, std::size_t& number) const;
    int answer(int fd, unsigned long request, void* argument);
    int info(int fd, void* argument);
    int submit(int fd, unsigned long request, void* argument);

    mutable std::mutex mutex_;            ///< guards what follows, and what changes in the taste
    std::map<int, std::string> foreign_;  ///< descriptors of other drivers' nodes
    std::map<std::uint32_t, int> counts_;
    int next_foreign_ = 1 << 27;
    int step_ = 0;
};

}  // namespace sporkle::testing
