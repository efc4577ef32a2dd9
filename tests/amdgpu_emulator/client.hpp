// A program that talks to a pretended amdgpu kernel request by request, for tests of what the driver of
// Sporkle would never do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <amdgpu_drm.h>

#include "targets/amdgpu/emulator/virtual_kernel.hpp"
#include "targets/amdgpu/pm4/chip.hpp"
#include "targets/amdgpu/pm4/packets/words.hpp"

namespace sporkle::testing {

/// A buffer, mapped for GPU and CPU.
struct ClientBuffer {
    std::uint32_t handle = 0;
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    std::byte* host = nullptr;

    std::uint32_t* words() const { return reinterpret_cast<std::uint32_t*>(host); }
    std::uint64_t* longs() const { return reinterpret_cast<std::uint64_t*>(host); }
};

class Client {
  public:
    explicit Client(const std::string& chip, const amdgpu::emulator::KernelOptions& options = {});
    ~Client();

    amdgpu::emulator::VirtualKernel kernel;
    int fd = -1;
    std::uint32_t context = 0;
    const amdgpu::Chip& chip;

    int request(unsigned long number, void* structure) { return kernel.ioctl(fd, number, structure); }

    static constexpr std::uint32_t rw = AMDGPU_VM_PAGE_READABLE | AMDGPU_VM_PAGE_WRITEABLE;
    static constexpr std::uint32_t rwx = rw | AMDGPU_VM_PAGE_EXECUTABLE;
    /// In GTT, at an address of its own with unmapped pages around it. Throws where anything fails.
    ClientBuffer allocate(std::uint64_t bytes, std::uint32_t flags = rw, std::uint64_t create_flags = 0);
    void unmap(const ClientBuffer& buffer);

    int create(std::uint64_t bytes, std::uint64_t domains, std::uint64_t flags, std::uint32_t& handle);
    int map(std::uint32_t handle, std::uint64_t address, std::uint64_t bytes, std::uint32_t flags = rw,
            std::uint32_t operation = AMDGPU_VA_OP_MAP, std::uint64_t offset = 0);
    int make_context(std::uint32_t& number, std::int32_t priority = 0);

    struct Submission {
        std::vector<std::uint32_t> handles;  ///< of BO_HANDLES
        std::uint64_t address = 0;
        std::uint32_t bytes = 0, ring = 0, flags = 0;
        std::vector<drm_amdgpu_cs_chunk> more;  ///< chunks behind it
        std::uint32_t context = 0;              ///< 0: the client's
    };
    /// CS; the number of the submission in `number`.
    int submit(const Submission& submission, std::uint64_t& number);
    /// WAIT_CS; `busy` is its status.
    int wait(std::uint64_t number, std::uint64_t timeout = ~std::uint64_t{0}, bool* busy = nullptr,
             std::uint32_t ring = 0, std::uint32_t context = 0);

    /// Writes packets into a buffer of its own (padded), submits them with all buffers of this client in the
    /// list, and waits. What WAIT_CS gives, or CS.
    int run(std::span<const std::uint32_t> packets, std::uint32_t ib_flags = 0);
    ClientBuffer packets(std::span<const std::uint32_t> words, std::uint32_t& padded_bytes);
    std::vector<std::uint32_t> handles() const;

    /// All faults so far in one text; empty: none.
    std::string faults() const;

  private:
    std::vector<ClientBuffer> buffers_;
    std::uint64_t next_address_ = 0x1'0000'0000;
};

}  // namespace sporkle::testing
