// How the pretended kernel and its GPUs behave where a real machine's may differ.
#pragma once

#include <cstdint>

namespace sporkle::amdgpu::emulator {

struct KernelOptions {
    /// The GPU's own memory, how much of it the CPU sees, and how much of the system's the GPU reaches.
    std::uint64_t vram_bytes = std::uint64_t{8} << 30, visible_vram_bytes = vram_bytes;
    std::uint64_t gtt_bytes = std::uint64_t{8} << 30;
    /// The GPU is a part of the CPU.
    bool is_integrated = false;
    /// INFO tells the version of the graphics IP, as kernels since 6.4 do.
    bool tells_ip_version = true;
    /// The program may ask for contexts of a priority above normal (CAP_SYS_NICE).
    bool privileged = false;
    /// The command processor copies (DMA_DATA); else a job that makes it do so faults.
    bool copies = true;
    /// A fault is answered by ending the job's waves (-ENODATA) instead of resetting the GPU.
    bool soft_recovery = false;
    /// A reset of the GPU loses the contents of its memory.
    bool reset_loses_vram = false;
    /// Of workgroups; 0: ascending.
    std::uint64_t order_seed = 0;
    /// Instructions of a workgroup after which it hangs, and seconds that the ring may poll.
    std::uint64_t instruction_limit = 2'000'000'000;
    double poll_limit_seconds = 10;
};

}  // namespace sporkle::amdgpu::emulator
